/**
 * Text that is not what it claims to be. Thrown by the readers of XML and JSON; the envelope turns it into
 * `MalformedEnvelope` (400), the reading of a stored message into `MalformedCallback` (set aside).
 * `reason` never contains anything of the text.
 */
export class Unreadable extends Error {
  readonly code = 'unreadable'
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Unreadable'
    this.reason = reason
  }
}
