import type { CallbackFault } from './diagnosis-faults-callbacks.ts'

/** Every problem of the environment at once; `main.ts` prints them and exits 1. */
export class ConfigInvalid extends Error {
  readonly code = 'config-invalid'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigInvalid'
    this.problems = problems
  }
}

/**
 * A request that did not prove where it comes from: 401, nothing saved. `reason` is safe to log; `fault` names what may be
 * set up wrongly, null: it tells nothing of that.
 */
export class UntrustedCallback extends Error {
  readonly code = 'untrusted-callback'
  readonly reason: string
  readonly fault: CallbackFault | null
  constructor(reason: string, options: ErrorOptions & { fault?: CallbackFault } = {}) {
    super(`untrusted callback: ${reason}`, options)
    this.name = 'UntrustedCallback'
    this.reason = reason
    this.fault = options.fault ?? null
  }
}

/** A body that breaks the envelope itself (DOCTYPE, foreign entity, not parseable before trust): 400, nothing saved. */
export class MalformedEnvelope extends Error {
  readonly code = 'malformed-envelope'
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`malformed envelope: ${reason}`, options)
    this.name = 'MalformedEnvelope'
    this.reason = reason
  }
}

/** A body over the edge's limit: 413. */
export class BodyTooLarge extends Error {
  readonly code = 'body-too-large'
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`body larger than ${limitBytes} bytes`)
    this.name = 'BodyTooLarge'
    this.limitBytes = limitBytes
  }
}

/** A stored message that we trust but cannot read: set aside with its bytes. */
export class MalformedCallback extends Error {
  readonly code = 'malformed-callback'
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`malformed callback: ${reason}`, options)
    this.name = 'MalformedCallback'
    this.reason = reason
  }
}

/** Tencent answered with HTTP 200 and an errcode other than 0. Never carries the request. */
export class TencentRefused extends Error {
  readonly code = 'tencent-refused'
  readonly api: string
  readonly errcode: number
  constructor(api: string, errcode: number, options?: ErrorOptions) {
    super(`${api} refused with errcode ${errcode}`, options)
    this.name = 'TencentRefused'
    this.api = api
    this.errcode = errcode
  }
}

/** WeChat Pay answered with an error of its own: `reason` is its code, such as PARAM_ERROR. Never carries the request. */
export class PayRefused extends Error {
  readonly code = 'pay-refused'
  readonly api: string
  readonly reason: string
  constructor(api: string, reason: string, options?: ErrorOptions) {
    super(`${api} refused with ${reason}`, options)
    this.name = 'PayRefused'
    this.api = api
    this.reason = reason
  }
}

/** Network failure, timeout, HTTP status other than 200 or an answer that is not JSON: try again later. */
export class TencentUnreachable extends Error {
  readonly code = 'tencent-unreachable'
  readonly api: string
  /** Host and port that were asked; null where that says nothing more. */
  readonly host: string | null
  constructor(api: string, { host = null, ...options }: ErrorOptions & { host?: string | null } = {}) {
    super(`${api} could not be reached`, options)
    this.name = 'TencentUnreachable'
    this.api = api
    this.host = host
  }
}

/** The store did not take or give something in time: 503, the sender tries again. */
export class StoreUnavailable extends Error {
  readonly code = 'store-unavailable'
  constructor(options?: ErrorOptions) {
    super('the store is unavailable', options)
    this.name = 'StoreUnavailable'
  }
}

/** Not signed in, or the signature on the session is not ours: 401. */
export class SignedOut extends Error {
  readonly code = 'signed-out'
  constructor() {
    super('signed out')
    this.name = 'SignedOut'
  }
}

/** The signed-in member may not do this: 403 with `reason` as its JSON code; `details` go to the page. */
export class Denied extends Error {
  readonly code = 'denied'
  readonly reason: string
  readonly details: Readonly<Record<string, string>>
  constructor(reason: string, details: Readonly<Record<string, string>> = {}) {
    super(`denied: ${reason}`)
    this.name = 'Denied'
    this.reason = reason
    this.details = details
  }
}

/** Nothing by that name: 404. */
export class NotFound extends Error {
  readonly code = 'not-found'
  readonly what: string
  constructor(what: string) {
    super(`${what} not found`)
    this.name = 'NotFound'
    this.what = what
  }
}

/** A request whose content is wrong in a way its sender can mend: 400. `problem` names the field and the rule. */
export class BadRequest extends Error {
  readonly code = 'bad-request'
  readonly problem: string
  constructor(problem: string) {
    super(problem)
    this.name = 'BadRequest'
    this.problem = problem
  }
}

/** What was asked no longer fits the state of things: 409. `problem` is a short code. */
export class Conflict extends Error {
  readonly code = 'conflict'
  readonly problem: string
  constructor(problem: string) {
    super(`conflict: ${problem}`)
    this.name = 'Conflict'
    this.problem = problem
  }
}

/** More than the budget of whoever asks: 429, and for how many seconds to wait. */
export class TooManyRequests extends Error {
  readonly code = 'too-many'
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    super('too many requests')
    this.name = 'TooManyRequests'
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Another program listens there already; `main.ts` says so and exits 1. */
export class PortTaken extends Error {
  readonly code = 'port-taken'
  constructor(port: number, options?: ErrorOptions) {
    super(`PORT ${port} is in use by another program: stop it or choose another port`, options)
    this.name = 'PortTaken'
  }
}

/** A restore into this store has begun and did not end: what is there is a part. */
export class RestoreUnfinished extends Error {
  readonly code = 'restore-unfinished'
  constructor(since: Date) {
    super(`a restore into this store began at ${since.toISOString()} and did not end: run it again with --empty-first`)
    this.name = 'RestoreUnfinished'
  }
}

/** An archive that is not whole, or not one: nothing was written. */
export class ArchiveRefused extends Error {
  readonly code = 'archive-refused'
  constructor(problem: string, options?: ErrorOptions) {
    super(`the archive is refused: ${problem}`, options)
    this.name = 'ArchiveRefused'
  }
}
