import type { Doc, Value } from './values.ts'

const CODE_NAMES: Record<number, string> = {
  1: 'InternalError', 2: 'BadValue', 9: 'FailedToParse', 14: 'TypeMismatch', 15: 'Overflow', 16: 'InvalidLength',
  20: 'IllegalOperation', 26: 'NamespaceNotFound', 27: 'IndexNotFound', 28: 'PathNotViable', 31: 'CannotOverwrite',
  40: 'ConflictingUpdateOperators', 43: 'CursorNotFound', 48: 'NamespaceExists', 50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName', 54: 'NotSingleValueField', 56: 'EmptyFieldName', 59: 'CommandNotFound',
  66: 'ImmutableField', 67: 'CannotCreateIndex', 72: 'InvalidOptions', 73: 'InvalidNamespace',
  85: 'IndexOptionsConflict', 86: 'IndexKeySpecsConflict', 112: 'WriteConflict', 115: 'CommandNotSupported',
  171: 'CannotIndexParallelArrays', 175: 'QueryPlanKilled', 197: 'InvalidIndexSpecificationOption', 225: 'TransactionTooOld',
  238: 'NotImplemented', 241: 'ConversionFailure', 292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  10334: 'BSONObjectTooLarge', 11000: 'DuplicateKey', 14031: 'OutOfDiskSpace',
}

/** Extra fields that travel beside `code` in MongoDB's replies, such as keyPattern and keyValue. */
export type ErrorFields = Record<string, Value>

/** A refusal in MongoDB's own words: `code`, `codeName`, message; it becomes the command's reply or a writeError. */
export class MongoRefusal extends Error {
  readonly code: number
  readonly fields: ErrorFields

  constructor(code: number, message: string, fields: ErrorFields = {}) {
    super(message)
    this.name = 'MongoRefusal'
    this.code = code
    this.fields = fields
  }
}

/** MongoDB's name of an error code; codes without a name are called `Location<code>`, as MongoDB does. */
export function codeName(code: number): string {
  return CODE_NAMES[code] ?? `Location${code}`
}

/** Code 2 BadValue. */
export function badValue(message: string): MongoRefusal {
  return new MongoRefusal(2, message)
}

/** Code 9 FailedToParse. */
export function failedToParse(message: string): MongoRefusal {
  return new MongoRefusal(9, message)
}

/** Code 14 TypeMismatch. */
export function typeMismatch(message: string): MongoRefusal {
  return new MongoRefusal(14, message)
}

/** Code 238: what lies outside the supported list is refused by name, never ignored. */
export function notImplemented(what: string): MongoRefusal {
  return new MongoRefusal(238, `${what} is not implemented by the embedded store`)
}

/** The fields of an error as they stand in a reply; unknown errors are reported as code 1 InternalError. */
export function errorFields(error: unknown): Doc {
  if (error instanceof MongoRefusal) {
    return new Map<string, Value>([
      ['errmsg', error.message],
      ['code', error.code],
      ['codeName', codeName(error.code)],
      ...Object.entries(error.fields),
    ])
  }
  const message = error instanceof Error ? error.message : String(error)
  const full = /ENOSPC|MDB_MAP_FULL|No space/i.test(message)
  const code = full ? 14031 : 1
  return new Map<string, Value>([['errmsg', message], ['code', code], ['codeName', codeName(code)]])
}
