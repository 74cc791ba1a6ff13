import mongoose, { type mongo } from 'mongoose'
import { expect, vi } from 'vitest'
import { diagnoseSetUp, type DoctorDeps } from '../../server/compose-doctor.ts'
import type { FaultName } from '../../server/domain/diagnosis-faults.ts'
import type { Diagnosis } from '../../server/domain/diagnosis.ts'
import type { Fields } from '../fake-tencent/wire-text.ts'
import { inMall } from './mall.ts'
import { openBrand, type TestBrand } from './open-brand.ts'
import { silentLog } from './store.ts'

/** A brand that is wired as the operator's guide says, with everybody seen once on every channel. */
export async function openHealthyBrand(): Promise<TestBrand> {
  const own = { OPERATORS: 'ou', MANAGERS: 'mei', IDENTITY_SECRET: 'an-identity-secret-of-the-tests' }
  const brand = await openBrand({ at: '2026-03-02T10:00', env: own })
  const { tencent, server } = brand
  const mei = tencent.staff('mei', { name: '小梅' })
  tencent.staff('ou', { contacts: false })
  tencent.crowd({ members: 1, contacts: 40, followers: 40 })
  await server.useCases.syncContacts()
  await server.stores.leases.hold('worker', 'a process that works', 3600_000)
  const lin = tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await lin.follows()
  await lin.orders([{ productId: '1', title: '羊绒大衣', price: 100 }])
  await tencent.sends('mini-program', hello)
  await lin.paysInMall('mall0000001', 100)
  await inMall(brand.clock, lin)('view-item', { id: '1', title: '羊绒大衣', price: 100 } as never)
  await brand.settle()
  await sees(brand, 'wechat-pay', 'good')
  return brand
}

const hello: Fields = { ToUserName: 'gh_miramall', FromUserName: 'oMsomebody', CreateTime: 1772416800, MsgType: 'text', Content: '你好', MsgId: 1 }

/** A database as it is, without our stores. */
export async function databaseAt(uri: string): Promise<{ db: mongo.Db; close: () => Promise<void> }> {
  const connection = await mongoose.createConnection(uri).asPromise()
  if (!connection.db) throw new Error('not connected')
  return { db: connection.db, close: () => connection.close() }
}

/** Waits until a sighting has been stored: callbacks do not wait for it. */
export async function sees(brand: TestBrand, source: string, seen: 'good' | FaultName): Promise<void> {
  const now = brand.clock.now()
  await vi.waitFor(async () => {
    const found = (await brand.server.stores.sightings.all()).find((one) => one.source === source)
    expect(seen === 'good' ? found?.goodAt : found?.faults[seen]).toEqual(now)
  }, 30_000)
}

/** The doctor in this process, on the brand's environment with something else in it; the store is opened anew only for another. */
export function diagnosed(brand: TestBrand, env: Readonly<Record<string, string | undefined>> = {}, more: Partial<DoctorDeps> = {}): Promise<Diagnosis> {
  const stores = 'MONGODB_URI' in env ? {} : { stores: brand.server.stores }
  return diagnoseSetUp({ env: { ...brand.env, ...env }, clock: brand.clock, log: silentLog, timeoutMs: 2_000, ...stores, ...more })
}

/** `fault (about)` of everything found. */
export function toldBy({ findings }: Diagnosis): readonly string[] {
  return findings.map(({ fault, about, severity }) => `${severity}: ${fault}${about === null ? '' : ` (${about})`}`)
}
