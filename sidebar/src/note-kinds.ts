import type { NoteKindView } from '../../server/http/contract.ts'

/** What a follow-up can be, in the order in which it is offered. */
export const noteKinds: readonly { kind: NoteKindView; label: string }[] = [
  { kind: 'chat', label: '聊天' },
  { kind: 'call', label: '电话' },
  { kind: 'visit', label: '到店' },
  { kind: 'other', label: '其他' },
]

/** What the sheet 记一笔 is opened for. */
export type NoteTask = { what: 'add' } | { what: 'remind' } | { what: 'edit'; id: string; kind: NoteKindView; text: string }

/** An id of our own for a note, so that one that is sent twice is one. */
export function newNoteId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
