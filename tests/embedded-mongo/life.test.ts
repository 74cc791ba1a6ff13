import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCatalog } from '../../server/embedded-mongo/catalog.ts'
import { launchEmbeddedMongo, launchEmbeddedMongoOverTcp } from '../../server/embedded-mongo/launch.ts'
import { openStorage } from '../../server/embedded-mongo/storage.ts'
import { problemsIn } from './consistency.ts'
import { connectTo, emptyDirectory, enginePid, isAlive, isConnectionLost, openStore, until } from './support.ts'

describe('I2: the life of the engine', () => {
  test('it ends 2 s after its last client, and what was written is there at the next start', async () => {
    const dataDir = emptyDirectory()
    const first = await launchEmbeddedMongo({ dataDir })
    const client = await connectTo(first.uri)
    await client.db('shop').collection('orders').insertOne({ no: 1 })
    const pid = enginePid(dataDir)
    await client.close()
    await pause(2300)
    expect(isAlive(pid)).toBe(true)
    await first.close()
    const left = Date.now()
    await until(() => !isAlive(pid), 30_000)
    expect(Date.now() - left).toBeGreaterThan(1500)

    const { client: again } = await openStore({ dataDir })
    expect(enginePid(dataDir)).not.toBe(pid)
    expect(await again.db('shop').collection('orders').countDocuments({ no: 1 })).toBe(1)
  })

  test('several processes that start at once share one engine', async () => {
    const dataDir = emptyDirectory()
    const stores = await Promise.all(Array.from({ length: 4 }, () => launchEmbeddedMongo({ dataDir, fsync: false })))
    onTestFinished(async () => void await Promise.all(stores.map((store) => store.close())))
    const clients = await Promise.all(stores.map(({ uri }) => connectTo(uri)))
    await Promise.all(clients.map((client, by) => client.db('d').collection('c').insertOne({ by })))
    for (const client of clients) expect(await client.db('d').collection('c').countDocuments()).toBe(4)

    const other = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./other-process.ts', import.meta.url)), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    other.stdout.on('data', (chunk: Buffer) => { said += chunk.toString() })
    await new Promise((resolve) => other.once('exit', resolve))
    expect(JSON.parse(said)).toEqual({ found: 4, pid: enginePid(dataDir) })
  })

  test('a killed engine is started again by whoever notices, and the driver goes on', async () => {
    const dataDir = emptyDirectory()
    const { client } = await openStore({ dataDir })
    const { client: second } = await openStore({ dataDir })
    const items = client.db('d').collection('c')
    await items.insertOne({ n: 1 })
    const pid = enginePid(dataDir)
    process.kill(pid, 'SIGKILL')
    await until(() => enginePid(dataDir) !== pid, 30_000)
    await items.insertOne({ n: 2 })
    expect(await second.db('d').collection('c').countDocuments()).toBe(2)
    expect(enginePid(dataDir)).not.toBe(pid)
  })

  test('kill -9 under eight writers loses nothing acknowledged and leaves indexes and records in agreement', async () => {
    const dataDir = emptyDirectory()
    const store = await launchEmbeddedMongo({ dataDir })
    const client = await connectTo(store.uri)
    const items = client.db('d').collection<{ _id: string, by: number, n: number, tags: string[], sum: number }>('items')
    await items.createIndexes([{ key: { by: 1, n: -1 }, unique: true }, { key: { tags: 1 } }, { key: { sum: 1 }, sparse: true }])
    const hits = client.db('d').collection<{ _id: number, hits: number }>('hits')
    await hits.insertMany(Array.from({ length: 8 }, (_, by) => ({ _id: by, hits: 0 })))
    const acknowledged = new Set<string>()
    const counted = Array.from({ length: 8 }, () => ({ sure: 0, unsure: 0 }))
    let running = true
    /** The driver sends a write twice; when both attempts meet a kill, nobody can say what became of it. */
    const attempt = async (write: () => Promise<unknown>, sure: () => void, unsure: () => void = () => undefined): Promise<void> => {
      try {
        await write()
        sure()
      } catch (error) {
        if (!isConnectionLost(error)) throw error
        unsure()
      }
    }
    const writer = async (by: number, own: { sure: number, unsure: number }): Promise<void> => {
      for (let n = 0; running; n++) {
        const [id, last] = [`${by}-${n}`, `${by}-${n - 1}`]
        await attempt(() => items.insertOne({ _id: id, by, n, tags: [`t${n % 5}`, `w${by}`], sum: n }), () => acknowledged.add(id))
        await attempt(() => hits.updateOne({ _id: by }, { $inc: { hits: 1 } }), () => { own.sure++ }, () => { own.unsure++ })
        if (n % 7 === 3) await attempt(() => items.updateOne({ _id: id }, { $set: { 'tags.0': 'changed' }, $inc: { sum: 1000 } }), () => undefined)
        if (n % 11 === 5) {
          acknowledged.delete(last)
          await attempt(() => items.deleteOne({ _id: last }), () => undefined)
        }
      }
    }
    const writers = counted.map((own, by) => writer(by, own))
    let kills = 0
    for (const more of [70, 20, 110, 45]) {
      const target = acknowledged.size + more
      await until(() => acknowledged.size >= target, 30_000)
      const pid = enginePid(dataDir)
      process.kill(pid, 'SIGKILL')
      kills++
      await until(() => enginePid(dataDir) !== pid, 30_000)
    }
    const target = acknowledged.size + 30
    await until(() => acknowledged.size >= target, 30_000)
    running = false
    await Promise.all(writers)
    const there = new Set((await items.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id))
    const hit = (await hits.find().sort({ _id: 1 }).toArray()).map((each) => each.hits)
    const pid = enginePid(dataDir)
    await client.close()
    await store.close()
    await until(() => !isAlive(pid), 30_000)

    expect(kills).toBe(4)
    expect(acknowledged.size).toBeGreaterThan(100)
    expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
    counted.forEach(({ sure, unsure }, by) => {
      expect(hit[by]).toBeGreaterThanOrEqual(sure)
      expect(hit[by]).toBeLessThanOrEqual(sure + unsure)
    })
    const storage = openStorage(join(dataDir, 'data.mdb'), true)
    expect(createCatalog(storage).all().flatMap((collection) => problemsIn(storage, collection))).toEqual([])
    await storage.close()
  })

  test('the socket is for its owner only, and a long path moves it to a private directory', async () => {
    const dataDir = emptyDirectory()
    await openStore({ dataDir, fsync: false })
    expect(statSync(join(dataDir, 'engine.sock')).mode & 0o777).toBe(0o600)

    const long = join(emptyDirectory(), 'x'.repeat(120))
    const { store, client } = await openStore({ dataDir: long, fsync: false })
    const path = decodeURIComponent(store.uri.slice('mongodb://'.length).split('/?')[0] ?? '')
    expect(path.length).toBeLessThan(100)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(await client.db('d').collection('c').countDocuments()).toBe(0)
  })

  test('over TCP it serves the same, also to a client that finds the replica set by itself', async () => {
    const store = await launchEmbeddedMongoOverTcp({ dataDir: emptyDirectory(), fsync: false, listen: { host: '127.0.0.1', port: 0 } })
    onTestFinished(() => store.close())
    for (const suffix of ['', '?directConnection=true', '?replicaSet=embedded']) {
      const client = await connectTo(`${store.uri}${suffix}`)
      await client.db('d').collection('c').insertOne({ suffix })
      expect(await client.db('d').collection('c').countDocuments({ suffix })).toBe(1)
    }
  })
})

describe('I2: a directory that is not ours is refused and left alone', () => {
  test('foreign: not empty, without our marker', async () => {
    const dataDir = emptyDirectory()
    writeFileSync(join(dataDir, 'holiday.jpg'), 'not ours')
    await expect(launchEmbeddedMongo({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_FOREIGN', message: expect.stringContaining('not empty and not ours') })
    expect(readdirSync(dataDir)).toEqual(['holiday.jpg'])
    const file = join(dataDir, 'holiday.jpg')
    await expect(launchEmbeddedMongo({ dataDir: file })).rejects.toMatchObject({ code: 'DATA_DIR_FOREIGN', message: expect.stringContaining('not a directory') })
    await expect(launchEmbeddedMongo({ dataDir: join(file, 'below') })).rejects.toMatchObject({ code: 'DATA_DIR_FOREIGN' })
  })

  test.each([
    ['the marker is unreadable', (dataDir: string) => writeFileSync(join(dataDir, 'embedded-mongo.json'), '{"format":')],
    ['the data is something else', (dataDir: string) => writeFileSync(join(dataDir, 'data.mdb'), Buffer.alloc(40960, 'no lmdb '))],
    ['the data is cut short', (dataDir: string) => truncateSync(join(dataDir, 'data.mdb'), 20000)],
    ['the data is empty', (dataDir: string) => truncateSync(join(dataDir, 'data.mdb'), 0)],
    ['the data belongs to another marker', (dataDir: string) => writeFileSync(join(dataDir, 'embedded-mongo.json'), JSON.stringify({ format: 'embedded-mongo', version: 1, store: 'another', filled: true }))],
  ])('damaged: %s', async (_what, damage) => {
    const dataDir = emptyDirectory()
    const store = await launchEmbeddedMongo({ dataDir, fsync: false })
    const client = await connectTo(store.uri)
    await client.db('d').collection('c').insertMany(Array.from({ length: 500 }, (_, n) => ({ n, text: 'x'.repeat(100) })))
    const pid = enginePid(dataDir)
    await client.close()
    await store.close()
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid), 30_000)
    damage(dataDir)
    const before = readFileSync(join(dataDir, 'data.mdb'))
    await expect(launchEmbeddedMongo({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_DAMAGED', message: expect.stringContaining('is damaged') })
    expect(readFileSync(join(dataDir, 'data.mdb')).equals(before)).toBe(true)
  })

  test.skipIf(process.getuid?.() === 0)('unwritable', async () => {
    const dataDir = join(emptyDirectory(), 'closed')
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o500)
    await expect(launchEmbeddedMongo({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' })
  })

  test('one that nobody can make, instead of trying for ever', async () => {
    const dataDir = join('/proc', 'nobody', 'makes-this')
    await expect(launchEmbeddedMongo({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE', message: expect.stringContaining(dataDir) })
  })
})

describe('I2: documents whose time has come', () => {
  test('a TTL index removes them, arrays by their earliest date, and leaves others', async () => {
    const { client } = await openStore({ dataDir: emptyDirectory(), fsync: false, sweepMs: 100 })
    const items = client.db('d').collection<{ _id: string, at?: unknown }>('c')
    await items.createIndex({ at: 1 }, { expireAfterSeconds: 10 })
    const old = new Date(Date.now() - 20000)
    await items.insertMany([{ _id: 'old', at: old }, { _id: 'young', at: new Date() }, { _id: 'both', at: [new Date(), old] }, { _id: 'text', at: 'x' }, { _id: 'none' }])
    let left: string[] = []
    for (let look = 0; look < 100 && left.length !== 3; look++) {
      await pause(30)
      left = (await items.find().toArray()).map(({ _id }) => _id)
    }
    expect(left).toEqual(['young', 'text', 'none'])
  })
})
