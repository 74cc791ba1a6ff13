import type { Content } from '../fields.ts'
import type { Mapper } from './map.ts'

/** One system that may report, ready to read its messages. */
export interface OpenSource {
  name: string
  enabled: boolean
  keys: readonly Uint8Array[]
  /** The content as it may be stored. @throws Unreadable */
  prepare(content: Content): Content
  /** Reads prepared content. */
  map: Mapper
}
