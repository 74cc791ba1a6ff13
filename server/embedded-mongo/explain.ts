import type { Interval } from './bounds.ts'
import { createBudget } from './budget.ts'
import type { Collection } from './catalog.ts'
import type { Engine } from './engine.ts'
import { notImplemented } from './errors.ts'
import { patternDoc } from './index-keys.ts'
import { parsePipeline, splitPipeline } from './pipeline.ts'
import type { Plan } from './planner.ts'
import { givesOrder } from './planner.ts'
import type { Query } from './query.ts'
import { makeQuery, orderedMatches } from './query.ts'
import { commandVariables } from './environment.ts'
import type { Doc, Value } from './values.ts'
import { doc, isDoc, isNumeric, toNumber } from './values.ts'

type Question = { name: string, filter: Value, sort: Value, hint: Value, skip: Value, limit: Value }

/** The answer to `explain`: the chosen plan and, unless only that is wanted, what running it took. */
export function explainRead(engine: Engine, command: Doc, db: string, verbosity = 'queryPlanner'): Doc {
  const question = questionOf(command)
  const collection = engine.catalog.find(db, question.name)
  const query = collection === undefined ? null : queryOf(engine, collection, command, question)
  const planner = doc({
    namespace: `${db}.${question.name}`,
    parsedQuery: isDoc(question.filter) ? question.filter : new Map(),
    winningPlan: query === null ? doc({ stage: 'EOF' }) : winningPlan(query, question),
    rejectedPlans: [],
  })
  const out = doc({ explainVersion: '1', queryPlanner: planner })
  if (verbosity !== 'queryPlanner') out.set('executionStats', statistics(engine, collection, query, question))
  return out.set('command', new Map([...command].filter(([name]) => name !== 'lsid' && name !== '$clusterTime'))).set('ok', 1)
}

function questionOf(command: Doc): Question {
  const kind = command.keys().next().value ?? ''
  const [hint, skip, limit] = [command.get('hint'), command.get('skip'), command.get('limit')]
  const name = String(command.get(kind))
  switch (kind) {
    case 'find': return { name, filter: command.get('filter'), sort: command.get('sort'), hint, skip, limit }
    case 'count': case 'distinct': return { name, filter: command.get('query'), sort: undefined, hint, skip, limit }
    case 'findAndModify': return { name, filter: command.get('query'), sort: command.get('sort'), hint, skip: undefined, limit: 1 }
    case 'aggregate': {
      const { filter, sort, most } = splitPipeline(parsePipeline(command.get('pipeline')))
      return { name, filter, sort, hint, skip: undefined, limit: most === Number.MAX_SAFE_INTEGER ? undefined : most }
    }
    case 'update': case 'delete': return questionOfWrite(name, command.get(kind === 'update' ? 'updates' : 'deletes'))
    default: throw notImplemented(`explain of ${kind}`)
  }
}

function questionOfWrite(name: string, statements: Value): Question {
  const statement = Array.isArray(statements) ? statements[0] : undefined
  const first = isDoc(statement) ? statement : new Map<string, Value>()
  return { name, filter: first.get('q'), sort: undefined, hint: first.get('hint'), skip: undefined, limit: undefined }
}

function queryOf(engine: Engine, collection: Collection, command: Doc, { filter, sort, hint }: Question): Query {
  return makeQuery(collection, filter, sort, hint, commandVariables(command, engine.now()))
}

function winningPlan(query: Query, { skip, limit }: Question): Doc {
  let stage = describePlan(query.plan)
  if (!givesOrder(query.plan, query.sort)) stage = doc({ stage: 'SORT', sortPattern: patternDoc(query.sort), inputStage: stage })
  if (isNumeric(skip) && toNumber(skip) > 0) stage = doc({ stage: 'SKIP', skipAmount: skip, inputStage: stage })
  if (isNumeric(limit) && toNumber(limit) !== 0) stage = doc({ stage: 'LIMIT', limitAmount: limit, inputStage: stage })
  return stage
}

function describePlan(plan: Plan): Doc {
  if (plan.kind === 'collection') return doc({ stage: 'COLLSCAN', direction: plan.reverse ? 'backward' : 'forward' })
  if (plan.kind === 'or') return doc({ stage: 'FETCH', inputStage: doc({ stage: 'OR', inputStages: plan.branches.map(({ plan: branch }) => describePlan(branch)) }) })
  const { index, bounds, reverse, merge, ranges } = plan
  return doc({
    stage: 'FETCH',
    inputStage: doc({
      stage: 'IXSCAN',
      keyPattern: patternDoc(index.pattern),
      indexName: index.name,
      isMultiKey: index.multikey.includes(true),
      isUnique: index.unique,
      isSparse: index.sparse,
      isPartial: index.partial !== null,
      direction: reverse ? 'backward' : 'forward',
      indexBounds: new Map(index.pattern.map(({ path }, field) => [path, (bounds[field] ?? []).map(describeInterval)])),
      ranges: ranges.length,
      mergesRanges: merge,
    }),
  })
}

/** Bounds in the bytes of the index; `point` where one value is meant. */
function describeInterval({ from, to, point }: Interval): string {
  return point ? `[${from.toString('hex')}]` : `[${from.toString('hex')}, ${to.toString('hex')})`
}

function statistics(engine: Engine, collection: Collection | undefined, query: Query | null, { skip, limit }: Question): Doc {
  const budget = createBudget(Infinity, 0)
  const started = Date.now()
  const most = isNumeric(limit) && toNumber(limit) !== 0 ? Math.abs(toNumber(limit)) : Number.MAX_SAFE_INTEGER
  const skipped = isNumeric(skip) ? toNumber(skip) : 0
  let seen = 0
  if (collection !== undefined && query !== null) {
    engine.storage.refresh()
    for (const _match of orderedMatches({ storage: engine.storage, collection, budget }, query, most + skipped)) if (++seen >= most + skipped) break
  }
  return doc({
    executionSuccess: true,
    nReturned: Math.max(0, seen - skipped),
    executionTimeMillis: Date.now() - started,
    totalKeysExamined: budget.keys,
    totalDocsExamined: budget.docs,
  })
}
