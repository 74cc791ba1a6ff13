import { PayRefused, TencentRefused, TencentUnreachable } from '../../domain/errors.ts'
import type { ApiCall } from '../prometheus/metrics.ts'
import type { TencentHttp } from './http.ts'

/** Hears of every call when it has ended. */
export type NoteCall = (call: ApiCall) => void

/** The same caller, which tells of each call. */
export function meteredHttp(http: TencentHttp, noteCall: NoteCall): TencentHttp {
  return (call) => noted(call.api, noteCall, () => http(call))
}

/** The same port to WeChat Pay, which tells of each call; its methods stand for the API's paths, which hold ids. */
export function meteredPay<Port extends object>(port: Port, name: string, noteCall: NoteCall): Port {
  const entries = Object.entries(port).map(([method, value]) => {
    if (typeof value !== 'function') return [method, value]
    const call = value as (...input: unknown[]) => unknown
    return [
      method,
      (...input: unknown[]) => {
        const began = performance.now()
        const answer = call(...input)
        return answer instanceof Promise ? noted(`${name}/${method}`, noteCall, () => answer, began) : answer
      },
    ]
  })
  return Object.fromEntries(entries) as Port
}

async function noted<Answer>(
  api: string,
  noteCall: NoteCall,
  call: () => Promise<Answer>,
  began = performance.now(),
): Promise<Answer> {
  const note = (errcode: string) => noteCall({ api, errcode, seconds: (performance.now() - began) / 1000 })
  try {
    const answer = await call()
    note('0')
    return answer
  } catch (error) {
    note(errcodeOf(error))
    throw error
  }
}

function errcodeOf(error: unknown): string {
  if (error instanceof TencentRefused) return String(error.errcode)
  if (error instanceof PayRefused) return error.code
  return error instanceof TencentUnreachable ? 'unreachable' : 'other'
}
