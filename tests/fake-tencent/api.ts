import type { z } from 'zod'
import type { Brand } from './brand.ts'
import type { TokenKind, TokenRecord, World } from './world.ts'

/** What every API of the stand-in works with. */
export interface Desk {
  brand: Brand
  world: World
  now(): Date
  /** Where WeCom's host listens, for addresses in answers. */
  qrBase?: () => string
  /** Host of the public address under which the product is connected, with its port. */
  publicHost(): string
  /** Notes a request that real Tencent would have refused or that our contract forbids. */
  problem(text: string): void
  /** Called when something arrived on a phone or changed there. */
  phoneChanged(): void
}

/** Answered as HTTP 200 with this errcode. `ours`: the caller's fault by contract, so it is a problem too. */
export class Refusal extends Error {
  readonly errcode: number
  readonly ours: boolean
  constructor(errcode: number, text: string, ours = false) {
    super(text)
    this.name = 'Refusal'
    this.errcode = errcode
    this.ours = ours
  }
}

export interface Input<Query, Body> {
  query: Query
  body: Body
  token: TokenRecord | null
  /** The body as it came, byte for byte. */
  text: string
}

export type Answer = Record<string, unknown>

/** One API: what it demands and what it answers. Query and body are checked without tolerance. */
export interface Api {
  method: 'GET' | 'POST'
  /** Which tokens may call it; null: none is needed. */
  tokens: readonly TokenKind[] | null
  query: z.ZodType
  body: z.ZodType | null
  run(desk: Desk, input: Input<unknown, unknown>): Answer
}

export function getApi<Query>(
  tokens: readonly TokenKind[] | null,
  query: z.ZodType<Query>,
  run: (desk: Desk, input: Input<Query, null>) => Answer,
): Api {
  return { method: 'GET', tokens, query, body: null, run: run as Api['run'] }
}

export function postApi<Query, Body>(
  tokens: readonly TokenKind[] | null,
  query: z.ZodType<Query>,
  body: z.ZodType<Body>,
  run: (desk: Desk, input: Input<Query, Body>) => Answer,
): Api {
  return { method: 'POST', tokens, query, body, run: run as Api['run'] }
}
