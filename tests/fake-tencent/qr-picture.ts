import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

/** A QR code as a grey PNG, each module this many pixels. */
export function qrPicture(text: string, pixels = 6): Buffer {
  const { data, size } = encode(text, { border: 2 })
  const side = size * pixels
  const rows = data.flatMap((row) => {
    const line = Buffer.from([0, ...row.flatMap((isDark) => Array.from({ length: pixels }, () => (isDark ? 0 : 255)))])
    return Array.from({ length: pixels }, () => line)
  })
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 8
  const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks])
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(body) >>> 0)
  return Buffer.concat([length, body, sum])
}
