import { expect, test } from 'vitest'
import type { Poster } from '../../server/ports/posters.ts'
import { createDrawPoster, type DrawPosterDeps } from '../../server/usecases/draw-poster.ts'
import { qrPicture } from '../fake-tencent/qr-picture.ts'

/** Few bytes that claim to be 30,000 pixels wide and high. */
function hugePng(): Uint8Array {
  const bytes = Uint8Array.from(qrPicture('huge'))
  const view = new DataView(bytes.buffer)
  for (const place of [16, 20]) view.setUint32(place, 30_000)
  return bytes
}

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

test.each<[string, Uint8Array | null, { painted: boolean; kept: boolean }]>([
  ['a picture', Uint8Array.from(qrPicture('cover')), { painted: true, kept: true }],
  ['small in bytes and huge in memory', hugePng(), { painted: false, kept: true }],
  ['a drawing', svg, { painted: false, kept: true }],
  ['away just now', null, { painted: false, kept: false }],
])('A5: a cover from the web that is %s', async (_what, bytes, { painted, kept }) => {
  const posters: Poster[] = []
  const deps = {
    webFetcher: { get: async () => (bytes ? { bytes, problem: null } : { bytes: null, problem: 'answered 503' }) },
    posterPainter: { paint: async (poster: Poster) => (posters.push(poster), new Uint8Array(1)), close: async () => undefined },
  } as unknown as DrawPosterDeps
  const plan = { id: 'one', title: '大衣', description: '', cover: 'https://img.example/cover', name: null, code: null, leadsTo: 'https://crm.example/l/a' }
  const { draw } = createDrawPoster(deps)
  expect((await draw(plan)).isWhole).toBe(kept)
  await draw(plan)
  expect(posters.map(({ cover }) => cover !== null)).toEqual(kept ? [painted] : [painted, painted])
})
