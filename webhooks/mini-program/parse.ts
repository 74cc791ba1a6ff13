import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { unrecognised } from '../message-head.ts'

/** Messages of the mini-program are kept as unrecognised until something uses them. @throws MalformedCallback */
export function parseMiniProgram(delivery: Delivery): readonly Fact[] {
  return unrecognised(readContent(delivery.bytes))
}
