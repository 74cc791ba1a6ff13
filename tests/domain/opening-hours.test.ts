import { describe, expect, test } from 'vitest'
import { daysBetween, momentAt, wallClock } from '../../server/domain/local-time.ts'
import { isOpen, lastOpening, nextOpening, type OpeningHours } from '../../server/domain/opening-hours.ts'

const wall = wallClock('Asia/Shanghai')

const shanghai = 'Asia/Shanghai'
const hours = (fromMinute: number, toMinute: number, timeZone = shanghai): OpeningHours => ({ fromMinute, toMinute, timeZone })
const day = hours(9 * 60, 21 * 60)
const night = hours(18 * 60, 2 * 60)
const always = hours(0, 1440)
/** A moment in Shanghai, which keeps UTC+8 all year. */
const at = (text: string) => new Date(`${text}+08:00`)

describe('E4 opening hours', () => {
  test.each([
    ['09:00-21:00', day, '2026-03-02T08:59:59.999', false, '2026-03-02T09:00'],
    ['09:00-21:00', day, '2026-03-02T09:00', true, '2026-03-02T09:00'],
    ['09:00-21:00', day, '2026-03-02T20:59:59.999', true, '2026-03-02T20:59:59.999'],
    ['09:00-21:00', day, '2026-03-02T21:00', false, '2026-03-03T09:00'],
    ['09:00-21:00', day, '2026-02-28T23:30', false, '2026-03-01T09:00'],
    ['18:00-02:00', night, '2026-03-02T17:59', false, '2026-03-02T18:00'],
    ['18:00-02:00', night, '2026-03-02T18:00', true, '2026-03-02T18:00'],
    ['18:00-02:00', night, '2026-03-03T00:00', true, '2026-03-03T00:00'],
    ['18:00-02:00', night, '2026-03-03T01:59:59', true, '2026-03-03T01:59:59'],
    ['18:00-02:00', night, '2026-03-03T02:00', false, '2026-03-03T18:00'],
    ['00:00-24:00', always, '2026-03-02T00:00', true, '2026-03-02T00:00'],
    ['00:00-24:00', always, '2026-03-02T23:59:59.999', true, '2026-03-02T23:59:59.999'],
    ['00:00-09:00', hours(0, 540), '2026-12-31T12:00', false, '2027-01-01T00:00'],
    ['21:00-24:00', hours(1260, 1440), '2026-03-02T23:59', true, '2026-03-02T23:59'],
    ['21:00-24:00', hours(1260, 1440), '2026-03-03T00:00', false, '2026-03-03T21:00'],
  ])('%s at %#', (_, open, moment, isItOpen, opening) => {
    expect(isOpen(at(moment), open)).toBe(isItOpen)
    expect(nextOpening(at(moment), open)).toEqual(at(opening))
  })

  test.each([
    // New York, 8 March 2026: 02:00 jumps to 03:00. 1 November: 02:00 falls back to 01:00.
    ['the hour that does not exist opens at the jump', 2 * 60 + 30, '2026-03-08T05:30:00Z', '2026-03-08T07:00:00Z'],
    ['opening after the jump', 9 * 60, '2026-03-08T05:30:00Z', '2026-03-08T13:00:00Z'],
    ['the hour that comes twice opens at its first', 90, '2026-11-01T04:00:00Z', '2026-11-01T05:30:00Z'],
    ['opening after the fall back', 9 * 60, '2026-11-01T04:00:00Z', '2026-11-01T14:00:00Z'],
  ])('%s', (_, fromMinute, from, opening) => {
    expect(nextOpening(new Date(from), hours(fromMinute, 22 * 60, 'America/New_York'))).toEqual(new Date(opening))
  })

  test.each([
    ['at opening', day, '2026-03-02T09:00', '2026-03-02T09:00'],
    ['before opening', day, '2026-03-02T08:59', '2026-03-01T09:00'],
    ['after midnight', night, '2026-03-03T01:00', '2026-03-02T18:00'],
  ])('the last opening %s', (_, open, moment, opening) => {
    expect(lastOpening(at(moment), open)).toEqual(at(opening))
    expect(lastOpening(at(moment), always)).toBeNull()
  })

  test('a local moment is found again, and days are counted by midnights', () => {
    expect(momentAt(at('2026-03-02T23:00'), 1, 9 * 60, shanghai)).toEqual(at('2026-03-03T09:00'))
    expect(daysBetween(at('2026-03-02T23:59'), at('2026-03-03T00:01'), wall)).toBe(1)
    expect(daysBetween(at('2026-03-02T00:00'), at('2026-03-02T23:59'), wall)).toBe(0)
    expect(daysBetween(at('2026-03-02T00:00'), at('2026-03-01T23:59'), wall)).toBe(-1)
  })
})
