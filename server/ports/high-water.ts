/** How far the repeated reading of somebody else's list has come; kept across restarts. */
export interface HighWater {
  get(name: string): Promise<Mark | null>
  put(name: string, mark: Mark): Promise<void>
}

export interface Mark {
  /** Everything changed up to here has been read. */
  upTo: Date
  /** A range that is being read: its end, and the page to go on with. */
  underWay: { to: Date; cursor: string } | null
}
