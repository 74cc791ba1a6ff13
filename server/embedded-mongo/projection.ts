import { badValue, MongoRefusal, notImplemented } from './errors.ts'
import type { Expression, Variables } from './expression-types.ts'
import { compileExpression } from './expression.ts'
import { isOperators, parseFilter } from './filter.ts'
import type { Fields } from './looked-at.ts'
import type { MatchDetail } from './matcher.ts'
import { compileFilter } from './matcher.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber, truthy } from './values.ts'

/**
 * Gives the projected document; `detail` tells which array element the filter met, for `field.$`. `fields` are the
 * top-level fields that it looks at.
 */
export type Projector = { project(doc: Doc, detail: MatchDetail): Doc, fields: Fields }

type Leaf =
  | { kind: 'keep' }
  | { kind: 'drop' }
  | { kind: 'compute', expression: Expression }
  | { kind: 'array', change: (array: Value[], detail: MatchDetail) => Value[] | null }

type Tree = Map<string, Leaf | Tree>

/** What happens to fields that are not named: dropped, or kept. */
type Others = 'drop' | 'keep'

type Plan = { tree: Tree, others: Others }

/** Which dialect: find knows `$slice`, `$elemMatch` and `$`; the stage `$project` knows expressions only. */
type Dialect = 'find' | 'stage'

/** @throws MongoRefusal for a mixture of inclusion and exclusion, for colliding paths, for `$meta`. */
export function compileProjection(projection: Doc, dialect: Dialect, variables: Variables): Projector {
  const plan = parse(projection, dialect)
  return {
    project: (doc, detail) => project(doc, plan.tree, plan.others, { root: doc, variables, detail }),
    fields: plan.others === 'keep' || computes(plan.tree) ? null : new Set(plan.tree.keys()),
  }
}

/** `$set`, `$addFields`: computes fields and keeps all others. */
export function compileAddFields(fields: Doc, variables: Variables): (doc: Doc) => Doc {
  const tree: Tree = new Map()
  addComputed(tree, '', fields)
  return (doc) => project(doc, tree, 'keep', { root: doc, variables, detail: { position: null } })
}

function addComputed(tree: Tree, prefix: string, fields: Doc): void {
  for (const [name, value] of fields) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (isDoc(value) && value.size > 0 && !isOperators(value)) addComputed(tree, path, value)
    else place(tree, path, { kind: 'compute', expression: compileExpression(value) })
  }
}

function parse(projection: Doc, dialect: Dialect): Plan {
  const entries = flatten(projection, '', dialect)
  const kinds = entries.filter(([path]) => path !== '_id').map(([path, value]) => [path, kindOf(path, value, dialect)] as const)
  const decisive = kinds.find(([, kind]) => kind !== 'slice')
  const idOnly = entries.find(([path]) => path === '_id')
  const including = decisive === undefined ? kinds.length === 0 && isKeep(idOnly?.[1]) : decisive[1] !== 'exclude'
  for (const [path, kind] of kinds) {
    if (including && kind === 'exclude') throw new MongoRefusal(31254, `Cannot do exclusion on field ${path} in inclusion projection`)
    if (!including && kind === 'include') throw new MongoRefusal(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
  }
  if (kinds.filter(([, kind]) => kind === 'position').length > 1) throw new MongoRefusal(31276, 'Cannot specify more than one positional projection per query.')
  const tree: Tree = new Map()
  if (including && idOnly === undefined) tree.set('_id', { kind: 'keep' })
  for (const [path, value] of entries) place(tree, path.replace(/\.\$$/, ''), leafOf(path, value, dialect))
  return { tree, others: including ? 'drop' : 'keep' }
}

function isKeep(value: Value): boolean {
  return value !== undefined && (typeof value !== 'boolean' && !isNumeric(value) ? true : truthy(value))
}

/** `{ a: { b: 1 } }` says the same as `{ 'a.b': 1 }`. */
function flatten(projection: Doc, prefix: string, dialect: Dialect): [string, Value][] {
  return [...projection].flatMap(([name, value]): [string, Value][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    checkPath(path, dialect)
    if (!isDoc(value) || isOperators(value)) return [[path, value]]
    if (value.size === 0) throw new MongoRefusal(51270, 'An empty sub-projection is not a valid value. Found empty object at path')
    return flatten(value, path, dialect)
  })
}

function checkPath(path: string, dialect: Dialect): void {
  const parts = path.split('.')
  if (parts.includes('')) throw new MongoRefusal(40353, 'FieldPath must not end with or contain an empty name')
  const plain = dialect === 'find' ? parts.filter((part, index) => part !== '$' || index < parts.length - 1) : parts
  if (plain.some((part) => part.startsWith('$'))) throw new MongoRefusal(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.")
}

type Kind = 'include' | 'exclude' | 'compute' | 'slice' | 'position'

function kindOf(path: string, value: Value, dialect: Dialect): Kind {
  if (dialect === 'find' && path.endsWith('.$')) return 'position'
  if (typeof value === 'boolean' || isNumeric(value)) return truthy(value) ? 'include' : 'exclude'
  if (dialect === 'find' && isDoc(value) && value.has('$slice')) return 'slice'
  if (dialect === 'find' && isDoc(value) && value.has('$elemMatch')) return 'include'
  return 'compute'
}

function leafOf(path: string, value: Value, dialect: Dialect): Leaf {
  switch (kindOf(path, value, dialect)) {
    case 'position': return { kind: 'array', change: atPosition }
    case 'slice': return { kind: 'array', change: slicer((value as Doc).get('$slice')) }
    case 'exclude': return { kind: 'drop' }
    case 'compute':
      if (isDoc(value) && value.has('$meta')) throw notImplemented('projection operator $meta')
      return { kind: 'compute', expression: compileExpression(value) }
    case 'include': return isDoc(value) ? { kind: 'array', change: elemMatcher(path, value.get('$elemMatch')) } : { kind: 'keep' }
  }
}

function atPosition(array: Value[], { position }: MatchDetail): Value[] {
  if (position === null) throw new MongoRefusal(51246, "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array")
  return array.slice(position, position + 1)
}

function slicer(operand: Value): (array: Value[]) => Value[] {
  const numbers = (Array.isArray(operand) ? operand : [operand]).map((entry) => (isNumeric(entry) ? Math.trunc(toNumber(entry)) : null))
  const [first, second] = numbers
  if (numbers.length === 1 && typeof first === 'number') return (array) => (first >= 0 ? array.slice(0, first) : array.slice(first))
  if (numbers.length !== 2 || typeof first !== 'number' || typeof second !== 'number') throw new MongoRefusal(28667, 'Invalid $slice syntax')
  if (second <= 0) throw new MongoRefusal(28724, `First argument to $slice must be an array, but is of type: int`)
  return (array) => {
    const from = first >= 0 ? first : Math.max(0, array.length + first)
    return array.slice(from, from + second)
  }
}

function elemMatcher(path: string, condition: Value): (array: Value[]) => Value[] | null {
  if (!isDoc(condition)) throw badValue('elemMatch: Invalid argument, object required, but got ' + typeof condition)
  if (path.includes('.')) throw new MongoRefusal(31275, 'Cannot use $elemMatch projection on a nested field.')
  const matches = compileFilter(parseFilter(new Map([['a', new Map([['$elemMatch', condition]])]])))
  return (array) => {
    const detail: MatchDetail = { position: null }
    return matches(new Map([['a', array]]), detail) && detail.position !== null ? array.slice(detail.position, detail.position + 1) : null
  }
}

function place(tree: Tree, path: string, leaf: Leaf): void {
  const parts = path.split('.')
  let at = tree
  for (const part of parts.slice(0, -1)) {
    const next = at.get(part) ?? new Map<string, Leaf | Tree>()
    if (!(next instanceof Map)) throw new MongoRefusal(31249, `Path collision at ${path} remaining portion ${parts.at(-1) ?? ''}`)
    at.set(part, next)
    at = next
  }
  const last = parts.at(-1) ?? ''
  if (at.has(last)) throw new MongoRefusal(31250, `Path collision at ${path}`)
  at.set(last, leaf)
}

type Context = { root: Doc, variables: Variables, detail: MatchDetail }

function project(doc: Doc, tree: Tree, others: Others, context: Context): Doc {
  const out: Doc = new Map()
  for (const [name, value] of doc) {
    const node = tree.get(name)
    const next = node === undefined ? (others === 'keep' ? value : undefined) : projectField(value, node, others, context)
    if (next !== undefined) out.set(name, next)
  }
  for (const [name, node] of tree) if (!out.has(name)) addMissing(out, doc, name, node, context)
  return out
}

function projectField(value: Value, node: Leaf | Tree, others: Others, context: Context): Value {
  if (node instanceof Map) return projectNested(value, node, others, context)
  switch (node.kind) {
    case 'keep': return value
    case 'drop': return undefined
    case 'compute': return others === 'keep' ? node.expression(context.root, context.variables) : undefined
    case 'array': return Array.isArray(value) ? node.change(value, context.detail) ?? undefined : undefinedUnlessSlice(value, others)
  }
}

/** `$slice` leaves what is no array alone; `$elemMatch` and `$` leave it out. */
function undefinedUnlessSlice(value: Value, others: Others): Value {
  return others === 'keep' ? value : undefined
}

function projectNested(value: Value, tree: Tree, others: Others, context: Context): Value {
  if (isDoc(value)) return project(value, tree, others, context)
  if (Array.isArray(value)) return value.map((element) => projectNested(element, tree, others, context)).filter((element) => element !== undefined)
  return others === 'keep' && !computes(tree) ? value : computed(tree, context)
}

function computes(tree: Tree): boolean {
  return [...tree.values()].some((node) => (node instanceof Map ? computes(node) : node.kind === 'compute'))
}

function computed(tree: Tree, context: Context): Value {
  return computes(tree) ? project(new Map(), tree, 'drop', context) : undefined
}

function addMissing(out: Doc, doc: Doc, name: string, node: Leaf | Tree, context: Context): void {
  if (node instanceof Map) {
    const value = doc.has(name) ? undefined : computed(node, context)
    if (value !== undefined) out.set(name, value)
  } else if (node.kind === 'compute') {
    const value = node.expression(context.root, context.variables)
    if (value !== undefined) out.set(name, value)
  }
}
