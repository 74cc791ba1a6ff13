/** Rings a phone. Application messages 应用消息 (document/path/90236). */
export interface Messenger {
  /**
   * Sends a frozen request body. `alreadySent` when WeCom says that the task_id exists.
   * @throws TencentRefused, TencentUnreachable
   */
  send(json: string): Promise<{ msgId: string | null; responseCode: string | null; invalidUsers: readonly string[]; alreadySent: boolean }>
  /** Replaces the buttons by one grey text; needs an unused response_code younger than 72 h. */
  updateCard(card: { responseCode: string; staffUserids: readonly string[]; replaceName: string }): Promise<void>
  /** Takes a message back within 24 h. */
  recall(msgId: string): Promise<void>
}
