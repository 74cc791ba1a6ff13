import { createHash } from 'node:crypto'
import { type Connection, Schema } from 'mongoose'
import { mostPictureBytes, pictureName, pictureShape, withoutCameraData, type PictureType } from '../../domain/picture.ts'
import type { Pictures } from '../../ports/pictures.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'
import { bytesOf } from './traces.ts'

/** A picture under its name. */
export interface PictureDocument {
  _id: string
  type: PictureType
  bytes: Buffer
  addedAt: Date
}

const pictureSchema = new Schema<PictureDocument>({ _id: String, type: String, bytes: Buffer, addedAt: Date }, schemaOptions)

/** Pictures of articles, covers and contact codes; one document each, far below a document's 16 MB. */
export function mongoPictures({ connection }: { connection: Connection }): Pictures {
  const pictures = connection.model<PictureDocument>('Picture', pictureSchema, 'pictures')
  return guarded<Pictures>({
    async put(given, addedAt) {
      const bytes = withoutCameraData(given)
      const shape = pictureShape(bytes)
      if (!shape || bytes.length > mostPictureBytes) return null
      const _id = pictureName(createHash('sha256').update(bytes).digest('hex').slice(0, 32), shape)
      const document = { _id, type: shape.type, bytes: Buffer.from(bytes), addedAt }
      await insertNew(connection.collection<PictureDocument>('pictures'), [document])
      return _id
    },
    async get(name) {
      const found = await pictures.findById(name).lean()
      const bytes = bytesOf(found?.bytes)
      return found && bytes ? { name, type: found.type, bytes } : null
    },
  })
}
