import { type Connection, Schema } from 'mongoose'
import type { KeptToken, TokenStore } from '../../ports/tokens.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** A token, or the refusal in its place, under the keeper's name for it. Dates are Clock time. */
export interface TokenDocument {
  _id: string
  token: string | null
  useUntil: Date | null
  refused: { errcode: number; times: number; askAgainAt: Date } | null
}

const tokenSchema = new Schema<TokenDocument>(
  {
    _id: String,
    token: String,
    useUntil: Date,
    refused: { type: { errcode: Number, times: Number, askAgainAt: Date }, _id: false },
  },
  schemaOptions,
)

/** Tencent's tokens as all processes share them: a handful of documents, replaced in place. */
export function mongoTokens({ connection }: { connection: Connection }): TokenStore {
  const tokens = connection.model<TokenDocument>('Token', tokenSchema, 'tokens')
  return guarded<TokenStore>({
    async get(name) {
      const found = await tokens.findById(name).lean()
      return found ? toKept(found) : null
    },
    async put(name, kept) {
      await tokens.updateOne({ _id: name }, { $set: toFields(kept) }, { upsert: true })
    },
    async discard(name, token) {
      await tokens.deleteOne({ _id: name, token })
    },
  })
}

function toFields(kept: KeptToken): Omit<TokenDocument, '_id'> {
  if (kept.kind === 'token') return { token: kept.token, useUntil: kept.useUntil, refused: null }
  const { errcode, times, askAgainAt } = kept
  return { token: null, useUntil: null, refused: { errcode, times, askAgainAt } }
}

function toKept({ token, useUntil, refused }: TokenDocument): KeptToken | null {
  if (refused) {
    return { kind: 'refused', errcode: refused.errcode, times: refused.times, askAgainAt: refused.askAgainAt }
  }
  return token !== null && useUntil !== null ? { kind: 'token', token, useUntil } : null
}
