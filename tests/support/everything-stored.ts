import mongoose from 'mongoose'

/** Everything that any collection holds, as text; bytes as they would be read. */
export async function everythingStored(uri: string): Promise<string> {
  const connection = await mongoose.createConnection(uri).asPromise()
  const names = (await connection.db?.listCollections().toArray()) ?? []
  const all = await Promise.all(names.map(({ name }) => connection.collection(name).find().toArray()))
  await connection.close()
  const readable = (value: unknown) => (isBinary(value) ? Buffer.from(value.buffer).toString('latin1') : value)
  // toJSON of a Binary comes before a replacer, hence the walk by hand.
  return JSON.stringify(all.flat().map((document) => Object.entries(document).map(([name, value]) => [name, readable(value)])))
}

function isBinary(value: unknown): value is { buffer: Uint8Array } {
  return typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof Uint8Array
}
