import { createCanvas } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { pictureName, pictureShape, sizeInName, withoutCameraData } from '../../server/domain/picture.ts'
import { qrPicture } from '../fake-tencent/qr-picture.ts'

const canvas = createCanvas(40, 30)
const drawn = { jpeg: canvas.toBuffer('image/jpeg'), webp: canvas.toBuffer('image/webp'), png: canvas.toBuffer('image/png') }

/** The same JPEG as a phone would write it: turned, with a place and a comment. */
function fromPhone(jpeg: Buffer, orientation: number): Buffer {
  const place = Buffer.from('GPS 31.2304,121.4737')
  const entries = Buffer.from([0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0])
  const exif = Buffer.concat([Buffer.from('Exif\0\0MM\0*\0\0\0\b', 'latin1'), entries, place])
  const segment = (marker: number, content: Buffer) => Buffer.concat([Buffer.from([0xff, marker, 0, content.length + 2]), content])
  return Buffer.concat([jpeg.subarray(0, 2), segment(0xe1, exif), segment(0xfe, place), jpeg.subarray(2)])
}

test.each([
  ['png', drawn.png, { type: 'image/png', width: 40, height: 30 }],
  ['jpeg', drawn.jpeg, { type: 'image/jpeg', width: 40, height: 30 }],
  ['webp', drawn.webp, { type: 'image/webp', width: 40, height: 30 }],
  ['gif', Buffer.from('474946383961280000001e00', 'hex'), null],
  ['a gif of 40 × 30', Buffer.from('47494638396128001e00800000', 'hex'), { type: 'image/gif', width: 40, height: 30 }],
  ['an svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>'), null],
  ['html', Buffer.from('<html><body>not a picture at all</body></html>'), null],
  ['nothing', Buffer.alloc(0), null],
  ['a png cut off', drawn.png.subarray(0, 20), null],
  ['a jpeg cut off', drawn.jpeg.subarray(0, 12), null],
  ['a bomb', Buffer.from('89504e470d0a1a0a0000000d4948445200010000000100000806', 'hex'), null],
])('A5: %s', (_what, bytes, shape) => {
  expect(pictureShape(bytes)).toEqual(shape)
})

test('A5: a phone’s JPEG loses place and comment, stays turned, and tells its size as it is shown', () => {
  const photo = fromPhone(drawn.jpeg, 6)
  expect(pictureShape(photo)).toMatchObject({ width: 30, height: 40 })
  const kept = Buffer.from(withoutCameraData(photo))
  expect(kept.includes('GPS')).toBe(false)
  expect(pictureShape(kept)).toMatchObject({ width: 30, height: 40 })
  expect(Buffer.from(withoutCameraData(kept))).toEqual(kept)
  expect(Buffer.from(withoutCameraData(fromPhone(drawn.jpeg, 1)))).toEqual(Buffer.from(withoutCameraData(drawn.jpeg)))
  expect(withoutCameraData(drawn.png)).toBe(drawn.png)
})

test('A5: a name carries the size, and only a name of ours does', () => {
  const shape = pictureShape(qrPicture('x'))
  if (!shape) throw new Error('no picture')
  const name = pictureName('0'.repeat(32), shape)
  expect(sizeInName(name)).toEqual({ width: shape.width, height: shape.height })
  expect(sizeInName(`/pictures/${name}`)).not.toBeNull()
  for (const other of ['a.png', `/pictures/../${name}`, `https://x/pictures/${name}`, name.replace('png', 'svg')]) expect(sizeInName(other)).toBeNull()
})
