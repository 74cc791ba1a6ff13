/** Everything that a poster shows. */
export interface Poster {
  title: string
  /** A sentence below the title; empty: none. */
  description: string
  /** Bytes of a PNG, JPEG, GIF or WebP; null: a coloured field with the title stands for it. */
  cover: Uint8Array | null
  /** Name of the salesperson; null: not known. */
  name: string | null
  /** Bytes of the QR picture, or the address that a QR code of ours leads to. */
  code: { picture: Uint8Array } | { leadsTo: string }
  /** What to do with the code. */
  hint: string
}

/** Draws posters beside the event loop. */
export interface PosterPainter {
  /** PNG, 750 pixels wide. @throws TooManyRequests when too many wait already */
  paint(poster: Poster): Promise<Uint8Array>
  close(): Promise<void>
}
