/** Structured log lines, one JSON object each. Never a body, a secret, a name or a phone number. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
