import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

/** Run by life.test.ts as a second process: shares the engine of a directory and tells what it finds there. */
const dataDir = process.argv[2] ?? ''
const store = await launchEmbeddedMongo({ dataDir, fsync: false })
const client = await new mongoose.mongo.MongoClient(store.uri).connect()
const found = await client.db('d').collection('c').countDocuments()
console.log(JSON.stringify({ found, pid: Number(readFileSync(join(dataDir, 'engine.pid'), 'utf8')) }))
await client.close()
await store.close()
