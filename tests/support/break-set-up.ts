import { expect } from 'vitest'
import type { DoctorDeps } from '../../server/compose-doctor.ts'
import { sees } from './doctor.ts'
import type { TestBrand } from './open-brand.ts'

/** What the doctor is run with while something is broken; what must be put right again goes to `undo`. */
export interface Broken {
  env?: Readonly<Record<string, string | undefined>>
  deps?: Partial<DoctorDeps>
}

/** The payment that a healthy brand has heard of. */
export const payment = 'mall0000001'

/** Ways to break one thing of a healthy brand, each with what puts it right again. */
export function createBreaking(getBrand: () => TestBrand) {
  const undo: (() => unknown)[] = []
  const lin = () => getBrand().tencent.customer('lin')

  /** Something is set otherwise in a console of Tencent's. */
  function console(changes: Parameters<TestBrand['tencent']['weather']['console']>[0]): () => Broken {
    return () => {
      getBrand().tencent.weather.console(changes)
      undo.push(() => getBrand().tencent.weather.console())
      return {}
    }
  }

  /** A value of the stand-in's brand is another for a while. */
  function otherwise<Holder, Name extends keyof Holder>(holder: Holder, name: Name, value: Holder[Name]): void {
    const before = holder[name]
    holder[name] = value
    undo.push(() => (holder[name] = before))
  }

  /** Tencent knows it under another value than we do. */
  function registered<Holder, Name extends keyof Holder>(holder: () => Holder, name: Name, value: Holder[Name]): () => Broken {
    return () => {
      otherwise(holder(), name, value)
      return {}
    }
  }

  /** A callback that is refused, seen by the store; the next good one clears it. */
  async function refusedCallback(fault: Parameters<typeof sees>[2], send: () => Promise<readonly number[]>): Promise<Broken> {
    getBrand().clock.move(2 * 60_000)
    expect(await send()).toEqual([401])
    await sees(getBrand(), 'official-account', fault)
    undo.push(async () => {
      getBrand().clock.move(2 * 60_000)
      await lin().taps('预约到店')
      await sees(getBrand(), 'official-account', 'good')
      await getBrand().settle()
    })
    return {}
  }

  /** The same of WeChat Pay's notifications. */
  async function refusedNotice(fault: Parameters<typeof sees>[2], status: number, send: () => Promise<readonly number[]>): Promise<Broken> {
    getBrand().clock.move(2 * 60_000)
    expect(await send()).toEqual([status])
    await sees(getBrand(), 'wechat-pay', fault)
    undo.push(async () => {
      getBrand().clock.move(2 * 60_000)
      await getBrand().tencent.pay.tells(payment)
      await sees(getBrand(), 'wechat-pay', 'good')
      await getBrand().settle()
    })
    return {}
  }

  /** Tencent refuses the next question of this kind. */
  function refusedOnce(errcode: number, api: string): () => Broken {
    return () => {
      getBrand().tencent.weather.refuseNext(errcode, { api })
      undo.push(() => getBrand().tencent.weather.comeBack())
      return {}
    }
  }

  /** A delivery that was left; it is handled in the end. */
  async function leftInInbox(how: 'set-aside' | 'stuck'): Promise<Broken> {
    const { inbox } = getBrand().server.stores
    await lin().writes('这件多少钱')
    const [taken] = await inbox.take(1, getBrand().clock.now())
    const id = taken?.id ?? ''
    for (let times = 1; times <= (how === 'stuck' ? 5 : 1); times += 1) {
      const until = new Date(getBrand().clock.now().getTime() + times)
      await inbox.settle([how === 'stuck' ? { id, outcome: 'deferred', until, reason: 'x' } : { id, outcome: how, reason: 'x' }], getBrand().clock.now())
    }
    undo.push(async () => {
      await inbox.reopen([id])
      await getBrand().settle()
    })
    return {}
  }

  async function putRight(): Promise<void> {
    for (const each of undo.splice(0)) await each()
  }

  return { undo, lin, putRight, console, otherwise, registered, refusedCallback, refusedNotice, refusedOnce, leftInInbox }
}
