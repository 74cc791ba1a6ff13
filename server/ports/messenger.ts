import type { EvidenceLine } from '../domain/alert.ts'
import type { ExternalUserId } from '../domain/ids.ts'

/** What a phone shows, in our words; the adapter prints it as a WeCom template card. */
export type Card =
  | {
      kind: 'card'
      /** task_id. */
      id: string
      userid: string
      externalUserId: ExternalUserId
      /** The alert that a tap opens: the first one told. */
      alertKey: string
      /** 林小姐 加购了羊绒大衣，还没下单. */
      title: string
      /** What the title ends with and may stand below it instead, where the title is too long. */
      tail?: string
      /** When the phone rings: evidence of another day says which. Absent: as if it were that day. */
      at?: Date
      evidence: readonly EvidenceLine[]
      /** Further alerts told in the same message, one sentence each. */
      also: readonly string[]
    }
  | {
      /** text_notice with a link to the inbox, no buttons. */
      kind: 'digest'
      id: string
      userid: string
      title: string
      lines: readonly string[]
    }

/** Rings a phone. Application messages 应用消息 (document/path/90236). */
export interface Messenger {
  /** The request body of message/send, to be frozen; the same card prints the same bytes. */
  print(card: Card): string
  /**
   * Sends a frozen request body. `alreadySent` when WeCom says that the task_id exists.
   * @throws TencentRefused, TencentUnreachable
   */
  send(json: string): Promise<{
    msgId: string | null
    responseCode: string | null
    /** Lower-cased userids WeCom could not deliver to. */
    invalidUsers: readonly string[]
    alreadySent: boolean
  }>
  /** Replaces the buttons by one grey text; needs an unused response_code younger than 72 h. */
  updateCard(card: { responseCode: string; userids: readonly string[]; replaceName: string }): Promise<void>
  /** Takes a message back within 24 h. */
  recall(msgId: string): Promise<void>
}
