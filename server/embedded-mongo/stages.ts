import { accumulation } from './accumulators.ts'
import { failedToParse, MongoRefusal, notImplemented } from './errors.ts'
import type { Variables } from './expression-types.ts'
import { compileExpression, resolve } from './expression.ts'
import { parseFilter } from './filter.ts'
import { compileFilter } from './matcher.ts'
import { compare, encodeKey } from './order.ts'
import { compileAddFields, compileProjection } from './projection.ts'
import { parseSort, sortKey } from './query.ts'
import type { Doc, Value } from './values.ts'
import { doc, isDoc, isNumeric, toNumber, truthy, typeName } from './values.ts'

/** What a stage may use beside its documents. */
export type StageContext = {
  variables: Variables
  /** For `$lookup`: finds documents of another collection by values of a field. */
  lookup(from: Value): (path: string, values: Value[]) => Doc[]
}

/** One stage of a pipeline, ready to run. */
export type Stage = (docs: Iterable<Doc>) => Iterable<Doc>

type StageCompiler = (operand: Value, context: StageContext) => Stage

const NO_DETAIL = { position: null }

/** @throws MongoRefusal NotImplemented naming a stage outside the list. */
export function compileStage(name: string, operand: Value, context: StageContext): Stage {
  const compile = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined
  if (compile === undefined) throw notImplemented(`aggregation stage ${name}`)
  return compile(operand, context)
}

function requireDoc(name: string, operand: Value, code: number): Doc {
  if (isDoc(operand)) return operand
  throw new MongoRefusal(code, `the ${name} specification must be an object`)
}

function mapping(work: (doc: Doc) => Doc): Stage {
  return function* map(docs) {
    for (const each of docs) yield work(each)
  }
}

const match: StageCompiler = (operand, { variables }) => {
  const matches = compileFilter(parseFilter(requireDoc('$match', operand, 15959)), variables)
  return function* filter(docs) {
    for (const each of docs) if (matches(each)) yield each
  }
}

const project: StageCompiler = (operand, { variables }) => {
  const fields = requireDoc('$project', operand, 15969)
  if (fields.size === 0) throw new MongoRefusal(51272, 'Invalid $project :: caused by :: projection specification must have at least one field')
  const projector = compileProjection(fields, 'stage', variables)
  return mapping((each) => projector.project(each, NO_DETAIL))
}

const addFields: StageCompiler = (operand, { variables }) => mapping(compileAddFields(requireDoc('$addFields', operand, 40272), variables))

const unset: StageCompiler = (operand, { variables }) => {
  const names = Array.isArray(operand) ? operand : [operand]
  if (names.length === 0 || !names.every((name) => typeof name === 'string')) throw new MongoRefusal(31002, '$unset specification must be a string or an array of strings')
  const projector = compileProjection(new Map(names.map((name) => [String(name), 0])), 'stage', variables)
  return mapping((each) => projector.project(each, NO_DETAIL))
}

const group: StageCompiler = (operand, { variables }) => {
  const fields = requireDoc('$group', operand, 15947)
  if (!fields.has('_id')) throw new MongoRefusal(15955, 'a group specification must include an _id')
  const id = compileExpression(fields.get('_id'))
  const outputs = [...fields].filter(([name]) => name !== '_id').map(([name, output]) => {
    if (name.includes('.')) throw new MongoRefusal(40235, `The field name '${name}' cannot contain '.'`)
    if (!isDoc(output)) throw new MongoRefusal(40234, `The field '${name}' must be an accumulator object`)
    if (output.size !== 1) throw new MongoRefusal(40238, `The field '${name}' must specify one accumulator`)
    const [accumulator, input] = [...output][0] ?? ['', undefined]
    return { name, ...accumulation(accumulator, input, compileExpression) }
  })
  return function* grouped(docs) {
    const groups = new Map<string, { id: Value, values: { add(value: Value): void, result(): Value }[] }>()
    for (const each of docs) {
      const value = id(each, variables)
      const key = value === undefined ? '' : typeof value === 'string' ? `s${value}` : encodeKey(value).toString('latin1')
      let found = groups.get(key)
      if (found === undefined) {
        found = { id: value ?? null, values: outputs.map(({ create }) => create()) }
        groups.set(key, found)
      }
      for (let at = 0; at < outputs.length; at++) found.values[at]?.add(outputs[at]?.input(each, variables))
    }
    for (const found of groups.values()) {
      yield new Map([['_id', found.id], ...outputs.map(({ name }, at): [string, Value] => [name, found.values[at]?.result()])])
    }
  }
}

const sort: StageCompiler = (operand) => {
  const pattern = parseSort(requireDoc('$sort', operand, 15973))
  if (pattern.length === 0) throw new MongoRefusal(15976, '$sort stage must have at least one sort key')
  return function* sorted(docs) {
    const keyed = [...docs].map((each) => ({ key: sortKey(each, pattern), each }))
    keyed.sort((a, b) => Buffer.compare(a.key, b.key))
    for (const { each } of keyed) yield each
  }
}

function amount(name: string, operand: Value, least: number): number {
  const value = isNumeric(operand) ? toNumber(operand) : Number.NaN
  if (!Number.isInteger(value)) throw new MongoRefusal(5107201, `invalid argument to ${name} stage: Expected an integer: ${name}: ${typeName(operand)}`)
  if (value < least) throw new MongoRefusal(least === 1 ? 15958 : 5107200, least === 1 ? 'the limit must be positive' : `invalid argument to ${name} stage: Expected a non-negative number`)
  return value
}

const limit: StageCompiler = (operand) => {
  const most = amount('$limit', operand, 1)
  return function* limited(docs) {
    let given = 0
    for (const each of docs) {
      yield each
      if (++given >= most) return
    }
  }
}

const skip: StageCompiler = (operand) => {
  const count = amount('$skip', operand, 0)
  return function* skipped(docs) {
    let seen = 0
    for (const each of docs) if (seen++ >= count) yield each
  }
}

const count: StageCompiler = (operand) => {
  if (typeof operand !== 'string' || operand === '' || operand.startsWith('$') || operand.includes('.')) {
    throw new MongoRefusal(40156, 'the count field must be a non-empty string that neither starts with $ nor contains a dot')
  }
  return function* counted(docs) {
    let total = 0
    for (const _each of docs) total++
    if (total > 0) yield doc({ [operand]: total })
  }
}

const sortByCount: StageCompiler = (operand, context) => {
  const grouping = group(doc({ _id: operand, count: doc({ $sum: 1 }) }), context)
  const sorting = sort(doc({ count: -1 }), context)
  return (docs) => sorting(grouping(docs))
}

const bucket: StageCompiler = (operand, context) => {
  const spec = requireDoc('$bucket', operand, 40201)
  const boundaries = spec.get('boundaries')
  if (!spec.has('groupBy') || !Array.isArray(boundaries)) throw new MongoRefusal(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.")
  const limits = boundaries.map((boundary) => compileExpression(boundary)(new Map(), context.variables))
  if (limits.length < 2) throw new MongoRefusal(40192, "The $bucket 'boundaries' field must have at least 2 values")
  limits.slice(1).forEach((value, at) => {
    if (compare(limits[at], value) >= 0) throw new MongoRefusal(40194, "The 'boundaries' option to $bucket must be sorted in ascending order")
  })
  const by = compileExpression(spec.get('groupBy'))
  const output = spec.get('output') ?? doc({ count: doc({ $sum: 1 }) })
  const grouping = group(new Map<string, Value>([['_id', '$b'], ...renamed(requireDoc('$bucket', output, 40196))]), context)
  const sorting = sort(doc({ _id: 1 }), context)
  const named = (value: Value): Value => {
    const at = limits.findLastIndex((boundary) => compare(boundary, value) <= 0)
    if (at >= 0 && at < limits.length - 1) return limits[at]
    if (!spec.has('default')) throw new MongoRefusal(40066, '$switch could not find a matching branch for an input, and no default was specified.')
    return spec.get('default')
  }
  return (docs) => sorting(grouping(mapping((each) => new Map<string, Value>([['b', named(by(each, context.variables))], ['d', each]]))(docs)))
}

/** Inside `$bucket` the document stands under `d`, so that its bucket can stand beside it. */
function renamed(output: Doc): [string, Value][] {
  return [...output].map(([name, value]) => [name, under(value)])
}

function under(value: Value): Value {
  if (typeof value === 'string' && /^\$[^$]/.test(value)) return `$d.${value.slice(1)}`
  if (value === '$$ROOT' || value === '$$CURRENT') return '$d'
  if (typeof value === 'string') return value.replace(/^\$\$(ROOT|CURRENT)\./, '$d.')
  if (Array.isArray(value)) return value.map(under)
  if (!isDoc(value)) return value
  return value.has('$literal') ? value : new Map([...value].map(([name, inner]) => [name, under(inner)]))
}

const facet: StageCompiler = (operand, context) => {
  const facets = [...requireDoc('$facet', operand, 40169)].map(([name, stages]) => {
    if (!Array.isArray(stages)) throw new MongoRefusal(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(stages)}`)
    return [name, stages.map((stage) => {
      const [inner, argument] = isDoc(stage) ? [...stage][0] ?? ['', undefined] : ['', undefined]
      if (inner === '$facet') throw new MongoRefusal(40600, '$facet is not allowed to be used within a $facet stage')
      return compileStage(inner, argument, context)
    })] as const
  })
  if (facets.length === 0) throw new MongoRefusal(40169, 'the $facet specification must be a non-empty object')
  return function* faceted(docs) {
    const all = [...docs]
    yield new Map(facets.map(([name, stages]) => [name, [...stages.reduce<Iterable<Doc>>((stream, stage) => stage(stream), all)]]))
  }
}

const unwind: StageCompiler = (operand) => {
  const path = isDoc(operand) ? operand.get('path') : operand
  const indexField = isDoc(operand) ? operand.get('includeArrayIndex') : undefined
  const keepEmpty = isDoc(operand) && truthy(operand.get('preserveNullAndEmptyArrays'))
  if (typeof path !== 'string') throw new MongoRefusal(28808, 'expected a string as the path for $unwind stage')
  if (!path.startsWith('$')) throw new MongoRefusal(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`)
  const parts = path.slice(1).split('.')
  const withIndex = (each: Doc, at: number | null): Doc => (
    typeof indexField === 'string' ? replaceAt(each, indexField.split('.'), at === null ? null : BigInt(at)) : each
  )
  return function* unwound(docs) {
    for (const each of docs) {
      const value = plainPath(each, parts)
      if (Array.isArray(value) && value.length > 0) {
        for (let at = 0; at < value.length; at++) yield withIndex(replaceAt(each, parts, value[at]), at)
      } else if (!Array.isArray(value) && value !== null && value !== undefined) yield withIndex(each, null)
      else if (keepEmpty) yield withIndex(Array.isArray(value) ? replaceAt(each, parts, undefined) : each, null)
    }
  }
}

function plainPath(each: Doc, parts: string[]): Value {
  return parts.reduce<Value>((value, part) => (isDoc(value) ? value.get(part) : undefined), each)
}

/** A copy with one path changed; `undefined` takes the field away. */
function replaceAt(each: Doc, parts: string[], value: Value): Doc {
  const [name = '', ...rest] = parts
  const out = new Map(each)
  const inner = out.get(name)
  const next = rest.length === 0 ? value : replaceAt(isDoc(inner) ? inner : new Map(), rest, value)
  if (next === undefined) out.delete(name)
  else out.set(name, next)
  return out
}

const lookup: StageCompiler = (operand, context) => {
  const spec = requireDoc('$lookup', operand, 4569)
  for (const name of spec.keys()) {
    if (['pipeline', 'let'].includes(name)) throw notImplemented(`$lookup with ${name}`)
    if (!['from', 'localField', 'foreignField', 'as'].includes(name)) throw failedToParse(`unknown argument to $lookup: ${name}`)
  }
  const [localField, foreignField, as] = ['localField', 'foreignField', 'as'].map((name) => {
    const value = spec.get(name)
    if (typeof value !== 'string') throw failedToParse(`$lookup argument '${name}' must be a string`)
    return value
  }) as [string, string, string]
  const find = context.lookup(spec.get('from'))
  return mapping((each) => {
    const local = resolve(each, localField.split('.'), 0)
    const values = Array.isArray(local) ? local : [local ?? null]
    return replaceAt(each, as.split('.'), values.length === 0 ? [] : find(foreignField, values))
  })
}

const replaceRoot: StageCompiler = (operand, context) => {
  const spec = requireDoc('$replaceRoot', operand, 40229)
  return replaceWith(spec.get('newRoot'), context)
}

const replaceWith: StageCompiler = (operand, { variables }) => {
  const root = compileExpression(operand)
  return mapping((each) => {
    const value = root(each, variables)
    if (!isDoc(value)) throw new MongoRefusal(40228, `'newRoot' expression must evaluate to an object, but resulting value was of type: ${value === undefined ? 'missing' : typeName(value)}`)
    return value
  })
}

const STAGES: Readonly<Record<string, StageCompiler>> = {
  $match: match, $project: project, $set: addFields, $addFields: addFields, $unset: unset, $group: group, $sort: sort,
  $limit: limit, $skip: skip, $unwind: unwind, $count: count, $sortByCount: sortByCount, $bucket: bucket, $facet: facet,
  $lookup: lookup, $replaceRoot: replaceRoot,
}
