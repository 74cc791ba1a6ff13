import type { Connection, IndexDefinition, IndexOptions, mongo } from 'mongoose'

/** Makes the indexes that the schemas name, one command a collection; those that are there already stay as they are. */
export async function ensureIndexes(connection: Connection): Promise<void> {
  await Promise.all(
    Object.values(connection.models).map(async ({ schema, collection }) => {
      const specifications = schema.indexes().map(toSpecification)
      if (specifications.length > 0) await collection.createIndexes(specifications)
    }),
  )
}

/** mongoose adds `background`, which servers have ignored since 4.2. */
function toSpecification([key, given]: [IndexDefinition, IndexOptions]): mongo.IndexDescription {
  const { unique, sparse, expireAfterSeconds, partialFilterExpression } = given
  return {
    key: new Map(Object.entries(key).map(([path, order]) => [path, order === -1 ? -1 : 1])),
    ...(unique === true ? { unique } : {}),
    ...(sparse === true ? { sparse } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
  }
}
