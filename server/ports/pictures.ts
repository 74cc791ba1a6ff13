import type { PictureType } from '../domain/picture.ts'

/** A picture of the brand's own, as it is served; never changed under its name. */
export interface Picture {
  /** `<hash>-<width>x<height>.<ext>`. */
  name: string
  type: PictureType
  bytes: Uint8Array
}

/** Where pictures rest. Kept as long as the contents that show them. */
export interface Pictures {
  /**
   * Takes a picture by its bytes, whatever it is called; the same picture twice is one. Gives its name, or null when it
   * is no PNG, JPEG, GIF or WebP, or has too many pixels or bytes.
   */
  put(bytes: Uint8Array, now: Date): Promise<string | null>
  get(name: string): Promise<Picture | null>
}

/** Fetches what lies at an address that somebody gave us; never from a network of our own unless told so. */
export interface WebFetcher {
  /** null: not there, not in time, too large, or not allowed; `problem` says which, and names no address. */
  get(url: string, mostBytes: number): Promise<{ bytes: Uint8Array; problem: null } | { bytes: null; problem: string }>
}
