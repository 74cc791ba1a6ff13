import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose, { type mongo } from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backup } from '../../server/adapters/mongo/backup.ts'
import { restore } from '../../server/adapters/mongo/restore.ts'
import { testDatabase } from '../support/store.ts'

const [one, other] = [testDatabase(), testDatabase()]
const now = () => new Date('2026-03-02T02:00:00Z')
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'))
  file = join(folder, 'odd.gz')
})
afterAll(async () => {
  await Promise.all([one.drop(), other.drop(), rm(folder, { recursive: true, force: true })])
})

test('I4: every type comes back as it was, by commands that any MongoDB understands', async () => {
  const { BSON } = mongoose.mongo
  const odd = {
    _id: new BSON.ObjectId('65f000000000000000000001'),
    int: new BSON.Int32(5),
    long: BSON.Long.fromString('9007199254740993'),
    double: new BSON.Double(5),
    nan: new BSON.Double(Number.NaN),
    decimal: BSON.Decimal128.fromString('1.10'),
    at: new Date(-1),
    bytes: new BSON.Binary(Buffer.from([0, 10, 255])),
    uuid: new BSON.UUID('9f3c1a52-65a6-4f0a-9df8-3ee1b1a5a5a5'),
    none: null,
    list: [[], {}, ''],
    text: '林\n\u0000"#',
    regex: new BSON.BSONRegExp('^a', 'i'),
  }
  const [from, to] = [one.uri, other.uri]
  const raw = async (uri: string, insert = false) => {
    const connection = await mongoose.createConnection(uri).asPromise()
    if (insert) await connection.collection('odd').insertOne(odd)
    const found = await connection.collection('odd').find({}, { raw: true }).toArray()
    await connection.close()
    return found.map((bytes) => Buffer.from(bytes as unknown as Uint8Array).toString('hex'))
  }
  const before = await raw(from, true)
  const commands: string[] = []
  const onCommand = ({ commandName, command }: mongo.CommandStartedEvent) => {
    commands.push(commandName)
    expect(command).not.toHaveProperty('startTransaction')
  }
  await backup(from, file, now, onCommand)
  await restore({
    uri: to,
    file: file,
    emptyFirst: false,
    now: now,
    finish: async () => undefined,
    onCommand,
  })
  expect(await raw(to)).toEqual(before)
  const subset = new Set([
    'find',
    'getMore',
    'insert',
    'update',
    'delete',
    'drop',
    'listCollections',
    'endSessions',
    'killCursors',
  ])
  expect([...new Set(commands)].filter((name) => !subset.has(name))).toEqual([])
})
