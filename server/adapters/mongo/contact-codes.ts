import { type Connection, Schema } from 'mongoose'
import type { ContactCode, ContactCodes } from '../../ports/contact-codes.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { isDuplicate } from './store-errors.ts'

/** A contact code under its state; `configId` null while it is being made, or was given up for a time. */
export interface CodeDocument extends Omit<ContactCode, 'state' | 'configId' | 'qrCode'> {
  _id: string
  configId: string | null
  qrCode: string | null
  /** Nobody tries to make or complete it before. */
  tryAgainAt: Date
}

const codeSchema = new Schema<CodeDocument>({ _id: String, configId: String, qrCode: String, picture: String, tryAgainAt: Date }, schemaOptions)

/** Contact codes, one document each. */
export function mongoContactCodes({ connection }: { connection: Connection }): ContactCodes {
  const codes = connection.model<CodeDocument>('ContactCode', codeSchema, 'contactCodes')
  return guarded<ContactCodes>({
    async get(state) {
      const found = await codes.findById(state).lean()
      if (!found?.configId || !found.qrCode) return null
      return { state, configId: found.configId, qrCode: found.qrCode, picture: found.picture }
    },
    async claim(state, until, now) {
      const free = { _id: state, picture: null, tryAgainAt: { $lte: now } }
      const update = { $set: { tryAgainAt: until }, $setOnInsert: { configId: null, qrCode: null, picture: null } }
      try {
        await codes.updateOne(free, update, { upsert: true })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },
    async save({ state, ...code }) {
      await codes.updateOne({ _id: state }, { $set: code })
    },
    async postpone(state, tryAgainAt) {
      await codes.updateOne({ _id: state }, { $set: { tryAgainAt } })
    },
  })
}
