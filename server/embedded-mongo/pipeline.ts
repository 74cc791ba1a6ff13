import { decodeDoc } from './bson-read.ts'
import type { Budget } from './budget.ts'
import { failedToParse, MongoRefusal, notImplemented, typeMismatch } from './errors.ts'
import type { Variables } from './expression-types.ts'
import { parseFilter } from './filter.ts'
import { compileFilter } from './matcher.ts'
import { makeQuery, orderedMatches, parseSort } from './query.ts'
import type { ReadEnvironment } from './environment.ts'
import { commandVariables } from './environment.ts'
import type { StageContext } from './stages.ts'
import { compileStage } from './stages.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber } from './values.ts'

/** The parts of a pipeline: what the planner takes over (filter, sort, limit), and the stages that run afterwards. */
export type Split = { filter: Doc, sort: Doc | undefined, most: number, stages: Doc[] }

/** Checks that a pipeline is a list of one-field documents. @throws MongoRefusal TypeMismatch, 40323 */
export function parsePipeline(pipeline: Value): Doc[] {
  if (!Array.isArray(pipeline)) throw typeMismatch("'pipeline' option must be specified as an array")
  return pipeline.map((stage) => {
    if (!isDoc(stage)) throw typeMismatch("Each element of the 'pipeline' array must be an object")
    if (stage.size !== 1) throw new MongoRefusal(40323, 'A pipeline stage specification object must contain exactly one field.')
    return stage
  })
}

/** Gives leading `$match`, `$sort` and `$limit` to the planner, so that they can use an index. */
export function splitPipeline(stages: Doc[]): Split {
  const filters: Doc[] = []
  let at = 0
  for (let match = stages[at]?.get('$match'); isDoc(match); match = stages[++at]?.get('$match')) filters.push(match)
  const filter: Doc = filters.length === 1 && filters[0] !== undefined ? filters[0] : new Map(filters.length === 0 ? [] : [['$and', filters]])
  const sort = stages[at]?.get('$sort')
  if (!isDoc(sort)) return { filter, sort: undefined, most: Number.MAX_SAFE_INTEGER, stages: stages.slice(at) }
  const limit = stages[at + 1]?.get('$limit')
  const most = isNumeric(limit) && toNumber(limit) > 0 ? toNumber(limit) : Number.MAX_SAFE_INTEGER
  return { filter, sort, most, stages: stages.slice(at + 1) }
}

/** Runs an aggregate command; results come as they are made. */
export function* runPipeline(environment: ReadEnvironment, command: Doc, budget: Budget): Generator<Doc> {
  const pipeline = parsePipeline(command.get('pipeline'))
  const variables = commandVariables(command, environment.now())
  const db = String(command.get('$db'))
  const target = command.get('aggregate')
  if (typeof target !== 'string') throw notImplemented('an aggregation on a whole database')
  const split = splitPipeline(pipeline)
  if (countsAll(split)) return yield* keptCount(environment.catalog.find(db, target)?.count ?? 0)
  const context: StageContext = { variables, lookup: (from) => finder(environment, db, from, budget, variables) }
  const run = compileStages(split.stages, context)
  yield* run(firstDocs(environment, db, target, split, command.get('hint'), budget, variables))
}

/** Whether this is what a driver makes of `countDocuments({})`: the number is kept, nothing need be read. */
function countsAll({ filter, sort, stages }: Split): boolean {
  const group = stages[0]?.get('$group')
  if (filter.size > 0 || sort !== undefined || stages.length !== 1 || !isDoc(group) || group.size !== 2) return false
  const sum = group.get('n')
  return group.get('_id') === 1 && isDoc(sum) && sum.size === 1 && sum.get('$sum') === 1
}

function* keptCount(count: number): Generator<Doc> {
  if (count > 0) yield new Map<string, Value>([['_id', 1], ['n', count]])
}

/** Stages one after the other. */
export function compileStages(stages: Doc[], context: StageContext): (docs: Iterable<Doc>) => Iterable<Doc> {
  const compiled = stages.map((stage) => {
    const [name, operand] = [...stage][0] ?? ['', undefined]
    return compileStage(name, operand, context)
  })
  return (docs) => compiled.reduce((stream, stage) => stage(stream), docs)
}

function* firstDocs(
  environment: ReadEnvironment, db: string, name: string, split: Split, hint: Value, budget: Budget, variables: Variables,
): Generator<Doc> {
  const collection = environment.catalog.find(db, name)
  if (collection === undefined) {
    compileFilter(parseFilter(split.filter), variables)
    parseSort(split.sort)
    return
  }
  const query = makeQuery(collection, split.filter, split.sort, hint, variables)
  for (const { record } of orderedMatches({ storage: environment.storage, collection, budget }, query, split.most)) yield decodeDoc(record)
}

/** Finds the documents of another collection whose field equals one of the values, for `$lookup`. */
function finder(environment: ReadEnvironment, db: string, from: Value, budget: Budget, variables: Variables): (path: string, values: Value[]) => Doc[] {
  if (typeof from !== 'string') throw failedToParse('$lookup argument \'from\' must be a string')
  const collection = environment.catalog.find(db, from)
  return (path, values) => {
    if (collection === undefined) return []
    const filter: Doc = new Map([[path, new Map([['$in', values]])]])
    const query = makeQuery(collection, filter, undefined, undefined, variables)
    return [...orderedMatches({ storage: environment.storage, collection, budget }, query)].map(({ record }) => decodeDoc(record))
  }
}
