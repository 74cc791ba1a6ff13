/** Formats that every phone shows and that run nothing; SVG is a document with scripts, so it is none. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'

/** What the first bytes of a picture tell; sizes in pixels, as they are shown. */
export interface PictureShape {
  type: PictureType
  width: number
  height: number
}

/** Where our own pictures are served. */
export const picturePath = '/pictures/'
/** Bytes of one picture after what nobody needs is taken out. */
export const mostPictureBytes = 2 * 1024 * 1024
/** Pixels of one picture: what is small in bytes may be huge in memory. */
const mostPixels = 24_000_000

const extensions: Readonly<Record<PictureType, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' }

/** Type and size by the bytes alone, whatever a file or a header calls itself; null: no picture of ours, or too large. */
export function pictureShape(bytes: Uint8Array): PictureShape | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = pngShape(view) ?? gifShape(view) ?? webpShape(view) ?? jpegShape(view)
  if (!shape || shape.width < 1 || shape.height < 1) return null
  return shape.width * shape.height <= mostPixels ? shape : null
}

/** `<hash>-<width>x<height>.<ext>`: whoever shows it knows its size beforehand, and what has another content has another name. */
export function pictureName(hash: string, { type, width, height }: PictureShape): string {
  return `${hash}-${width}x${height}.${extensions[type]}`
}

/** The size in a picture's name or path; null: it is none of ours. */
export function sizeInName(pathOrName: string): { width: number; height: number } | null {
  const found = /^(?:\/pictures\/)?[0-9a-f]{32}-(\d{1,5})x(\d{1,5})\.(?:png|jpg|gif|webp)$/.exec(pathOrName)
  return found ? { width: Number(found[1]), height: Number(found[2]) } : null
}

/**
 * A JPEG without what a camera wrote into it (place, device, time, preview); how it is to be turned stays. Others come
 * back as they are.
 */
export function withoutCameraData(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!isJpeg(view)) return bytes
  const kept: Uint8Array[] = [bytes.subarray(0, 2)]
  let end = 2
  let turned = 1
  for (const { marker, from, to } of jpegSegments(view)) {
    if (marker === 0xe1) turned = orientationIn(view, from, to) ?? turned
    if (!isCameraData(marker)) kept.push(bytes.subarray(from, to))
    end = to
  }
  if (turned !== 1) kept.splice(1, 0, turnedSegment(turned))
  return joined([...kept, bytes.subarray(end)])
}

function pngShape(view: DataView): PictureShape | null {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return null
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) }
}

function gifShape(view: DataView): PictureShape | null {
  if (view.byteLength < 10 || view.getUint32(0) !== 0x47494638) return null
  return { type: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) }
}

/** Source: RFC 9649 (lossy VP8, lossless VP8L, extended VP8X). */
function webpShape(view: DataView): PictureShape | null {
  if (view.byteLength < 30 || view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return null
  const size = (width: number, height: number): PictureShape => ({ type: 'image/webp', width, height })
  switch (view.getUint32(12)) {
    case 0x56503820:
      return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
    case 0x5650384c: {
      const bits = view.getUint32(21, true)
      return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1)
    }
    case 0x56503858:
      return size((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1)
    default:
      return null
  }
}

function jpegShape(view: DataView): PictureShape | null {
  if (!isJpeg(view)) return null
  let turned = 1
  for (const { marker, from, to } of jpegSegments(view)) {
    if (marker === 0xe1) turned = orientationIn(view, from, to) ?? turned
    if (!isFrame(marker) || to - from < 9) continue
    const [height, width] = [view.getUint16(from + 5), view.getUint16(from + 7)]
    // 5 to 8 lie on their side (Exif 2.32, 4.6.4).
    return turned >= 5 ? { type: 'image/jpeg', width: height, height: width } : { type: 'image/jpeg', width, height }
  }
  return null
}

function isJpeg(view: DataView): boolean {
  return view.byteLength > 4 && view.getUint16(0) === 0xffd8 && view.getUint8(2) === 0xff
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

/** Exif, XMP, makers' own segments, comments; JFIF, the colour profile and Adobe's transform are needed to show it. */
function isCameraData(marker: number): boolean {
  return marker === 0xfe || (marker >= 0xe1 && marker <= 0xef && marker !== 0xe2 && marker !== 0xee)
}

/** Segments up to the picture's data, marker included. */
function* jpegSegments(view: DataView): Generator<{ marker: number; from: number; to: number }> {
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1)
    const to = at + 2 + view.getUint16(at + 2)
    if (marker === 0xda || to > view.byteLength || to < at + 4) return
    yield { marker, from: at, to }
    at = to
  }
}

const exifHead = [0x45, 0x78, 0x69, 0x66, 0, 0]

function orientationIn(view: DataView, from: number, to: number): number | null {
  const tiff = from + 4 + exifHead.length
  if (to < tiff + 8 || exifHead.some((byte, index) => view.getUint8(from + 4 + index) !== byte)) return null
  const little = view.getUint16(tiff) === 0x4949
  const first = tiff + view.getUint32(tiff + 4, little)
  if (first + 2 > to) return null
  for (let entry = first + 2, left = view.getUint16(first, little); left > 0 && entry + 12 <= to; left -= 1, entry += 12) {
    if (view.getUint16(entry, little) !== 0x0112) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : null
  }
  return null
}

/** An Exif segment that says nothing but how to turn the picture. */
function turnedSegment(orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  const content = [...exifHead, ...tiff]
  return Uint8Array.from([0xff, 0xe1, 0, content.length + 2, ...content])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
