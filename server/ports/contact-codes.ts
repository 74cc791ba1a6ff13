/** A contact way 联系我 of one salesperson for one place, as WeCom made it. */
export interface ContactCode {
  /** Names place and copy; comes back in the event of whoever adds by it. */
  state: string
  /** WeCom's id of it, which cannot be asked for again (document/path/92228). */
  configId: string
  /** Where WeCom shows the QR picture. */
  qrCode: string
  /** Name of our own copy of that picture; null: not fetched yet. */
  picture: string | null
}

/** Contact codes made once, by `state`. They name no customer. */
export interface ContactCodes {
  get(state: string): Promise<ContactCode | null>
  /** The right to make or complete it until `until`; false: another has it, or it was given up until later. */
  claim(state: string, until: Date, now: Date): Promise<boolean>
  save(code: ContactCode): Promise<void>
  /** Nobody is to try before then. */
  postpone(state: string, until: Date): Promise<void>
}

/** WeCom's side of it. */
export interface ContactCodeMaker {
  /** @throws TencentRefused, TencentUnreachable */
  make(wanted: { state: string; userid: string; remark: string }): Promise<{ configId: string; qrCode: string }>
}
