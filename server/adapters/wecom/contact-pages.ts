/** Where a reading of all contacts stands: members [from, to) of the list, and WeCom's own cursor among theirs. */
export interface Place {
  from: number
  to: number
  cursor: string
}

/** batch/get_by_user takes at most 100 userids (document/path/92994). */
const membersPerCall = 100

/** The start of a reading. */
export function firstPlace(members: number): Place {
  return { from: 0, to: Math.min(membersPerCall, members), cursor: '' }
}

/** The cursor for what follows a page, '' at the end. After a halved question the next ones grow back, doubling. */
export function nextPlace(place: Place, cursor: string | null, members: number): string {
  if (cursor) return `${place.from}:${place.to}:${cursor}`
  if (place.to >= members) return ''
  const size = Math.min(2 * (place.to - place.from), membersPerCall)
  return `${place.to}:${Math.min(place.to + size, members)}:`
}

/** The place behind a cursor. @throws RangeError when `nextPlace` did not make it */
export function parsePlace(text: string): Place {
  const match = /^(\d+):(\d+):(.*)$/s.exec(text)
  if (!match) throw new RangeError('not a cursor of ours')
  return { from: Number(match[1]), to: Number(match[2]), cursor: match[3] ?? '' }
}
