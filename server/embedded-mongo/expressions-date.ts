import { ObjectId, Timestamp } from 'bson'
import type { Unit, WallTime } from './calendar.ts'
import { addUnits, dayOfYear, isoWeek, isUnit, offsetMinutes, sundayWeek, unitsBetween, wallTime } from './calendar.ts'
import { failedToParse, MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler, Variables } from './expression-types.ts'
import { isNullish } from './operands.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber, typeName } from './values.ts'

/** ms since 1970 of anything that tells a moment. */
function momentIn(value: Value, name: string): number {
  if (value instanceof Date) return value.getTime()
  if (value instanceof Timestamp) return value.t * 1000
  if (value instanceof ObjectId) return value.getTimestamp().getTime()
  throw new MongoRefusal(16006, `can't convert from BSON type ${value === undefined ? 'missing' : typeName(value)} to Date in ${name}`)
}

type Arguments = { get(name: string, root: Doc, variables: Variables): Value, has(name: string): boolean }

/** Named arguments, compiled once. @throws MongoRefusal FailedToParse for missing or unknown ones. */
function named(operand: Value, compile: (value: Value) => Expression, name: string, required: string[], optional: string[]): Arguments {
  if (!isDoc(operand)) throw failedToParse(`${name} only supports an object as its argument`)
  for (const field of required) if (!operand.has(field)) throw failedToParse(`Missing '${field}' parameter to ${name}`)
  for (const field of operand.keys()) if (![...required, ...optional].includes(field)) throw failedToParse(`Unrecognized argument to ${name}: ${field}`)
  const compiled = new Map([...operand].map(([field, value]) => [field, compile(value)]))
  return { get: (field, root, variables) => compiled.get(field)?.(root, variables), has: (field) => compiled.has(field) }
}

function zoneIn(value: Value, name: string): string | null {
  if (value === undefined) return 'UTC'
  if (value === null) return null
  if (typeof value !== 'string') throw new MongoRefusal(40517, `timezone must evaluate to a string, found ${typeName(value)} (${name})`)
  return value
}

/** An operator on one date: the date itself, or `{ date, timezone }`. */
function part(work: (wall: WallTime) => number): OperatorCompiler {
  return (operand, compile, name) => {
    const isNamed = isDoc(operand) && operand.has('date')
    const single = isNamed ? null : compile(Array.isArray(operand) && operand.length === 1 ? operand[0] : operand)
    const given = isNamed ? named(operand, compile, name, ['date'], ['timezone']) : null
    return (root, variables) => {
      const date = given === null ? single?.(root, variables) : given.get('date', root, variables)
      const zone = given?.has('timezone') === true ? zoneIn(given.get('timezone', root, variables) ?? null, name) : 'UTC'
      return isNullish(date) || zone === null ? null : work(wallTime(momentIn(date, name), zone))
    }
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

const SPECIFIERS: Record<string, (wall: WallTime, offset: number) => string> = {
  Y: ({ year }) => pad(year, 4), m: ({ month }) => pad(month, 2), d: ({ day }) => pad(day, 2), H: ({ hour }) => pad(hour, 2),
  M: ({ minute }) => pad(minute, 2), S: ({ second }) => pad(second, 2), L: ({ ms }) => pad(ms, 3), j: (wall) => pad(dayOfYear(wall), 3),
  w: ({ weekday }) => String(weekday), u: (wall) => String(isoWeek(wall).day), V: (wall) => pad(isoWeek(wall).week, 2),
  G: (wall) => pad(isoWeek(wall).year, 4), U: (wall) => pad(sundayWeek(wall), 2), '%': () => '%',
  z: (_wall, offset) => `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60), 2)}${pad(Math.abs(offset) % 60, 2)}`,
  Z: (_wall, offset) => String(offset),
  b: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3), B: ({ month }) => MONTHS[month - 1] ?? '',
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** A moment in words, by the format of `$dateToString`. */
function format(at: number, pattern: string, zone: string): string {
  const [wall, offset] = [wallTime(at, zone), offsetMinutes(at, zone)]
  return pattern.replace(/%(.?)/g, (_all, letter: string) => {
    const write = Object.hasOwn(SPECIFIERS, letter) ? SPECIFIERS[letter] : undefined
    if (write === undefined) throw new MongoRefusal(18536, `Invalid format character '%${letter}' in format string`)
    return write(wall, offset)
  })
}

const dateToString: OperatorCompiler = (operand, compile, name) => {
  const given = named(operand, compile, name, ['date'], ['format', 'timezone', 'onNull'])
  return (root, variables) => {
    const date = given.get('date', root, variables)
    if (isNullish(date)) return given.has('onNull') ? given.get('onNull', root, variables) : null
    const zone = given.has('timezone') ? zoneIn(given.get('timezone', root, variables) ?? null, name) : 'UTC'
    const pattern = given.has('format') ? given.get('format', root, variables) ?? null : zone === 'UTC' ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L%z'
    if (zone === null || pattern === null) return null
    if (typeof pattern !== 'string') throw new MongoRefusal(18533, `$dateToString requires that 'format' be a string, found: ${typeName(pattern)}`)
    return format(momentIn(date, name), pattern, zone)
  }
}

function unitIn(value: Value, name: string): Unit {
  if (isUnit(value)) return value
  throw new MongoRefusal(5439013, `${name} requires 'unit' to be a time unit, found: ${String(value)}`)
}

function adding(sign: 1 | -1): OperatorCompiler {
  return (operand, compile, name) => {
    const given = named(operand, compile, name, ['startDate', 'unit', 'amount'], ['timezone'])
    return (root, variables) => {
      const [start, unit, amount] = ['startDate', 'unit', 'amount'].map((field) => given.get(field, root, variables))
      const zone = given.has('timezone') ? zoneIn(given.get('timezone', root, variables) ?? null, name) : 'UTC'
      if (isNullish(start) || isNullish(unit) || isNullish(amount) || zone === null) return null
      if (!isNumeric(amount) || !Number.isInteger(toNumber(amount))) throw new MongoRefusal(5166405, `${name} expects integer amount of time units`)
      return new Date(addUnits(momentIn(start, name), sign * toNumber(amount), unitIn(unit, name), zone))
    }
  }
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

const dateDiff: OperatorCompiler = (operand, compile, name) => {
  const given = named(operand, compile, name, ['startDate', 'endDate', 'unit'], ['timezone', 'startOfWeek'])
  return (root, variables) => {
    const [start, end, unit] = ['startDate', 'endDate', 'unit'].map((field) => given.get(field, root, variables))
    const zone = given.has('timezone') ? zoneIn(given.get('timezone', root, variables) ?? null, name) : 'UTC'
    if (isNullish(start) || isNullish(end) || isNullish(unit) || zone === null) return null
    const first = String(given.get('startOfWeek', root, variables) ?? 'sunday').toLowerCase()
    const weekday = WEEKDAYS.findIndex((day) => day === first || day.slice(0, 3) === first) + 1
    if (weekday === 0) throw new MongoRefusal(5439015, `${name} requires 'startOfWeek' to be a day of the week`)
    return BigInt(unitsBetween(momentIn(start, name), momentIn(end, name), unitIn(unit, name), zone, weekday))
  }
}

/** Date operators. */
export const DATES: Readonly<Record<string, OperatorCompiler>> = {
  $dateToString: dateToString,
  $dateAdd: adding(1),
  $dateSubtract: adding(-1),
  $dateDiff: dateDiff,
  $year: part(({ year }) => year),
  $month: part(({ month }) => month),
  $dayOfMonth: part(({ day }) => day),
  $hour: part(({ hour }) => hour),
  $minute: part(({ minute }) => minute),
  $second: part(({ second }) => second),
  $millisecond: part(({ ms }) => ms),
  $dayOfWeek: part(({ weekday }) => weekday),
  $dayOfYear: part(dayOfYear),
  $week: part(sundayWeek),
  $isoWeek: part((wall) => isoWeek(wall).week),
  $isoWeekYear: part((wall) => isoWeek(wall).year),
  $isoDayOfWeek: part((wall) => isoWeek(wall).day),
}
