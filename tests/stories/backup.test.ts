import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { archiveLines, checkArchive } from '../../server/adapters/mongo/archive-lines.ts'
import { restore } from '../../server/adapters/mongo/restore.ts'
import { backupCommand } from '../../server/commands/backup.ts'
import { restoreCommand } from '../../server/commands/restore.ts'
import { storeName } from '../../server/commands/store-name.ts'
import { ArchiveRefused, ConfigInvalid, RestoreUnfinished } from '../../server/domain/errors.ts'
import { identityKey, type ExternalUserId } from '../../server/domain/ids.ts'
import { launchEmbeddedMongoOverTcp, type EmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import { startServer, type RunningServer } from '../../server/server.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { coat, coatInShop, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { differencesOf, verifies } from '../support/rebuild.ts'
import { silentLog, testDatabase } from '../support/store.ts'

let brand: TestBrand
let mei: StaffActor
let lin: CustomerActor
let folder: string
let elsewhere: EmbeddedMongo
const databases: { drop(): Promise<void> }[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'))
  elsewhere = await launchEmbeddedMongoOverTcp({
    dataDir: join(folder, 'elsewhere'),
    fsync: false,
    listen: { host: '127.0.0.1', port: 0 },
  })
  brand = await openBrand({ at: '2026-03-02T10:00' })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await lin.follows()
  await brand.settle()
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(121)
  const { orderNo } = await lin.orders([coatInShop])
  await lin.pays(orderNo)
  await brand.passes(1)
})
afterAll(async () => {
  await brand.close()
  for (const database of databases) await database.drop()
  await elsewhere.close()
  await rm(folder, { recursive: true, force: true })
})

const here = () => String(brand.env['MONGODB_URI'])
const there = (name: string) => `${elsewhere.uri}${name}`
const fileOf = (name: string) => join(folder, `${name}.gz`)

/** An empty database on the server of all tests. */
function another(): string {
  const database = testDatabase()
  databases.push(database)
  return database.uri
}

const toldTo = (list: string[]) => (text: string) => void list.push(text)
const warned: string[] = []

async function backsUp(uri: string, name: string): Promise<string> {
  const written: string[] = []
  expect(await backupCommand([fileOf(name)], { uri, store: 'a store', now: brand.clock.now, write: (text) => void written.push(text), warn: toldTo(written) })).toBe(0)
  return written.join('')
}

async function restores(uri: string, ...args: string[]): Promise<{ documents: number; toBeErasedAgain: number }> {
  const written: string[] = []
  const { identitySecret } = loadConfig({ ...brand.env })
  await restoreCommand(args, {
    uri,
    identitySecret,
    clock: brand.clock,
    log: silentLog,
    write: (text) => void written.push(text),
    store: 'a store',
    warn: toldTo(warned),
  })
  return JSON.parse(written.join(''))
}

/** The product on another store, beside the same Tencent. */
async function opens(uri: string): Promise<RunningServer> {
  const config = loadConfig({ ...brand.env, PORT: '0', MONGODB_URI: uri })
  return startServer(config, { clock: brand.clock, log: brand.log, pagesRoot: folder, loops: false, jsSdkUrl: null })
}

async function collectionsIn(uri: string): Promise<readonly string[]> {
  const connection = await mongoose.createConnection(uri).asPromise()
  const found = await connection.listCollections()
  await connection.close()
  return found.map(({ name }) => name)
}

test('I4: an archive moves everything from one store to another and back, and the product goes on there', async () => {
  const said = JSON.parse(await backsUp(here(), 'first')) as { documents: number; collections: Record<string, number> }
  expect(said.collections['timeline']).toBeGreaterThan(3)
  expect(said.collections).not.toHaveProperty('tokens')
  const first = await checkArchive(fileOf('first'))
  expect(await restores(there('crm'), fileOf('first'))).toMatchObject({ documents: said.documents, toBeErasedAgain: 0 })
  await backsUp(there('crm'), 'second')
  const second = await checkArchive(fileOf('second'))
  const full = (sums: typeof first.collections) =>
    Object.fromEntries(Object.entries(sums).filter(([, { count }]) => count > 0))
  expect(full(second.collections)).toEqual(full(first.collections))
  const back = another()
  await restores(back, fileOf('second'))
  await backsUp(back, 'third')
  expect(full((await checkArchive(fileOf('third'))).collections)).toEqual(full(first.collections))

  // The same indexes, the same people, and a resend of before is known.
  const server = await opens(there('crm'))
  const moved: TestBrand = { ...brand, server, env: { ...brand.env, MONGODB_URI: there('crm') } }
  expect(differencesOf(await verifies(moved))).toEqual([])
  const rung = mei.titles.length
  brand.tencent.connect(server.url, brand.env['PUBLIC_URL'])
  for (const letter of brand.tencent.letters.slice(-2)) await brand.tencent.delivers(letter)
  await server.useCases.worker.drain()
  expect(mei.titles).toHaveLength(rung)
  await lin.writes('还有现货吗，多少钱')
  await server.useCases.worker.drain()
  expect(mei.titles).toHaveLength(rung + 1)
  await server.close()
  brand.tencent.connect(brand.url, brand.env['PUBLIC_URL'])
  expect(brand.tencent.problems).toEqual([])
})

test('I4: an archive that was damaged, cut short or changed is refused before anything is written', async () => {
  await backsUp(here(), 'whole')
  const whole = await readFile(fileOf('whole'))
  const flipped = Buffer.from(whole)
  flipped[Math.floor(whole.length / 2)] = (flipped[Math.floor(whole.length / 2)] ?? 0) ^ 4
  const { gzipSync, gunzipSync } = await import('node:zlib')
  const text = gunzipSync(whole).toString('utf8')
  const damaged: Readonly<Record<string, Buffer>> = {
    flipped,
    cut: whole.subarray(0, whole.length - 40),
    unsigned: gzipSync(text.split('\n').slice(0, -2).join('\n') + '\n'),
    changed: gzipSync(text.replace('林小姐', '王小姐')),
    lacking: gzipSync(
      text
        .split('\n')
        .filter((line) => !line.includes('followed-account'))
        .join('\n'),
    ),
    foreign: gzipSync('{"_id":1}\n'),
    plain: Buffer.from('not an archive'),
  }
  for (const [name, bytes] of Object.entries(damaged)) {
    await writeFile(fileOf(name), bytes)
    const refused = await restores(there('damaged'), fileOf(name)).catch((error: unknown) => error)
    expect([name, refused]).toEqual([name, expect.any(ArchiveRefused)])
  }
  await expect(restores(there('damaged'), fileOf('nowhere'))).rejects.toThrow(ArchiveRefused)
  expect(await collectionsIn(there('damaged'))).toEqual([])
})

test('I4: an archive of nothing, and a restore of one, name the store and are no silent success', async () => {
  const mistyped = 'mongodb://crm:secret@127.0.0.1:27017/cmr?replicaSet=rs0'
  const store = storeName({ mongodbUri: mistyped, dataDir: './data' })
  expect(store).toBe('mongodb 127.0.0.1:27017/cmr')
  expect(storeName({ mongodbUri: null, dataDir: '/srv/crm' })).toBe('DATA_DIR /srv/crm')
  const told: string[] = []
  const deps = { uri: another(), store, now: brand.clock.now, write: toldTo(told), warn: toldTo(told) }
  expect(await backupCommand([fileOf('nothing')], deps)).toBe(2)
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ store, documents: 0 })
  expect(told[1]).toContain('mongodb 127.0.0.1:27017/cmr 是空的')
  expect(await restores(another(), fileOf('nothing'))).toMatchObject({ store: 'a store', documents: 0 })
  expect(warned.join()).toContain('The archive is empty, and so is a store.')
})

test('I4: a store with data is left alone, unless it is to be emptied first', async () => {
  const target = there('crm')
  await expect(restores(target, fileOf('whole'))).rejects.toThrow(ConfigInvalid)
  await expect(restores(target, fileOf('whole'))).rejects.toThrow(/not empty .*--empty-first/)
  expect(await restores(target, fileOf('whole'), '--empty-first')).toMatchObject({ toBeErasedAgain: 0 })
  await expect(restores(target)).rejects.toThrow('npm run restore')
  await expect(restores(target, 'a', 'b')).rejects.toThrow('npm run restore')
  await expect(backupCommand([], { uri: here(), store: 'a store', now: brand.clock.now, write: () => undefined, warn: () => undefined })).rejects.toThrow('npm run backup')
})

test('I4: a restore that was interrupted shows: nobody works on a part, and it can be run again', async () => {
  const target = there('interrupted')
  const dies = async () => {
    throw new Error('the machine went down')
  }
  await expect(
    restore({ uri: target, file: fileOf('whole'), emptyFirst: false, now: brand.clock.now, finish: dies }),
  ).rejects.toThrow('went down')
  await expect(opens(target)).rejects.toThrow(RestoreUnfinished)
  await expect(backsUp(target, 'part')).rejects.toThrow(RestoreUnfinished)
  await expect(readFile(fileOf('part'))).rejects.toThrow('ENOENT')
  await expect(restores(target, fileOf('whole'))).rejects.toThrow(ConfigInvalid)
  await restores(target, fileOf('whole'), '--empty-first')
  const server = await opens(target)
  await server.close()
})

test('I4: what was answered before a backup of a running server began is in it', async () => {
  const acked: string[] = []
  const does = inMall(brand.clock, lin)
  for (let index = 0; index < 5; index += 1) {
    await does('view-item', { ...coat, id: `acked-${index}` })
    acked.push(`acked-${index}`)
  }
  const busy = (async () => {
    for (let index = 0; index < 30; index += 1) {
      await does('view-item', { ...coat, id: `meanwhile-${index}` })
      if (index % 3 === 0) await brand.settle()
    }
  })()
  await backsUp(here(), 'running')
  await busy
  await brand.settle()
  await restores(there('running'), fileOf('running'))
  const server = await opens(there('running'))
  await server.useCases.worker.drainInbox()
  const kept = await everythingStored(there('running'))
  for (const id of acked) expect(kept).toContain(id)
  const handled = await server.stores.history.countHandled()
  await server.close()
  expect(handled).toBeGreaterThan(acked.length)
})

test('I4 C4: whoever was erased after the backup stays erased when it is put back', async () => {
  const zhou = brand.tencent.customer('zhou', { name: '周先生' })
  await mei.adds(zhou)
  await zhou.follows()
  await brand.settle()
  await backsUp(here(), 'before-erasure')
  const ids = [zhou.externalUserId, zhou.openIds.account]
  const texts: string[] = []
  for await (const line of archiveLines(fileOf('before-erasure'))) texts.push(line.kind === 'document' ? line.text : '')
  for (const id of ids) expect(texts.join('\n')).toContain(id)

  await brand.server.useCases.eraseCustomer.erase(
    identityKey({ kind: 'external', externalUserId: zhou.externalUserId as ExternalUserId }),
    'request',
    'person',
    'customer',
  )
  await brand.passes(1)
  for (const id of ids) expect(await everythingStored(here())).not.toContain(id)
  await backsUp(here(), 'after-erasure')

  // Into a store that knows nothing: a later archive says who was erased. Into the same store, the store itself does.
  const fresh = there('fresh')
  expect(
    (await restores(fresh, fileOf('before-erasure'), '--erased-in', fileOf('after-erasure'))).toBeErasedAgain,
  ).toBeGreaterThan(0)
  await restores(fresh, fileOf('before-erasure'), '--empty-first')
  const server = await opens(fresh)
  await server.useCases.worker.drain()
  brand.clock.move(60_000)
  await server.useCases.worker.drain()
  const left = await everythingStored(fresh)
  await server.close()
  for (const id of ids) expect(left).not.toContain(id)
  expect(left).toContain(lin.externalUserId)
})
