import { createCanvas, loadImage, type Image, type SKRSContext2D } from '@napi-rs/canvas'
import { encode } from 'uqr'
import type { Poster } from '../../ports/posters.ts'
import { linesOf } from './lines.ts'

const width = 750
const margin = 56
const inner = width - 2 * margin
const coverHeight = 500
const codeSize = 216
/** The same values as the sidebar and the reader page have in the light. */
const colours = { ground: '#ffffff', ink: '#1c2128', soft: '#5b6370', line: '#edeff2', brand: '#2b7cf0', deep: '#1a4fa8', onBrand: '#ffffff' }

/** PNG of one poster; as high as its text needs. `familiesFor` names fonts with a glyph for each character of a text. */
export async function paintPoster(poster: Poster, familiesFor: (text: string) => string): Promise<Uint8Array> {
  const { title, description, name, hint } = poster
  const [cover, code] = [await imageOf(poster.cover), 'picture' in poster.code ? await imageOf(poster.code.picture) : null]
  const families = familiesFor([title, description, name ?? '', hint, '…'].join(''))
  const measure = createCanvas(1, 1).getContext('2d')
  const fit = (text: string, weight: number, size: number, most: number, within = inner) => {
    setFont(measure, weight, size, families)
    return linesOf(text, within, most, (part) => measure.measureText(part).width)
  }
  const isPlain = cover === null
  const titleSize = isPlain ? 56 : 44
  const titleLines = fit(title, 700, titleSize, isPlain ? 5 : 3)
  const leads = fit(description, 500, 28, 2)
  const textHeight = (isPlain ? 0 : titleLines.length * 64) + (leads.length > 0 ? leads.length * 44 + 20 : 0)
  const top = coverHeight + (textHeight > 0 ? 52 + textHeight + 44 : 0)
  const canvas = createCanvas(width, top + codeSize + 2 * 48)
  const pen = canvas.getContext('2d')
  pen.fillStyle = colours.ground
  pen.fillRect(0, 0, canvas.width, canvas.height)
  if (cover) drawCovering(pen, cover)
  else drawPlainField(pen, titleLines, titleSize, families)
  let y = coverHeight + 52
  if (!isPlain) y = drawLines(pen, titleLines, { weight: 700, size: titleSize, step: 64, colour: colours.ink, families, y }) + 20
  if (leads.length > 0) drawLines(pen, leads, { weight: 500, size: 28, step: 44, colour: colours.soft, families, y })
  if (textHeight > 0) {
    pen.fillStyle = colours.line
    pen.fillRect(margin, top, inner, 2)
  }
  const beside = inner - codeSize - 32
  const middle = top + 48 + codeSize / 2
  const nameLines = name ? fit(name, 700, 40, 1, beside) : []
  if (nameLines.length > 0) drawLines(pen, nameLines, { weight: 700, size: 40, step: 0, colour: colours.ink, families, y: middle - 58 })
  drawLines(pen, fit(hint, 500, 28, 2, beside), { weight: 500, size: 28, step: 44, colour: colours.soft, families, y: nameLines.length > 0 ? middle + 10 : middle - 20 })
  const place = { x: width - margin - codeSize, y: top + 48 }
  if (code) drawCode(pen, code, place)
  else drawLink(pen, 'leadsTo' in poster.code ? poster.code.leadsTo : '', place)
  return canvas.encode('png')
}

/** A picture that cannot be shown is none: the poster goes on without it. */
async function imageOf(bytes: Uint8Array | null): Promise<Image | null> {
  if (bytes === null) return null
  try {
    return await loadImage(Buffer.from(bytes))
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

function setFont(pen: SKRSContext2D, weight: number, size: number, families: string): void {
  pen.font = `${weight} ${size}px ${families}`
}

interface Writing {
  weight: number
  size: number
  step: number
  colour: string
  families: string
  y: number
}

/** Lines from `y` downwards; gives where the next one would begin. */
function drawLines(pen: SKRSContext2D, lines: readonly string[], { weight, size, step, colour, families, y }: Writing): number {
  setFont(pen, weight, size, families)
  pen.fillStyle = colour
  pen.textBaseline = 'top'
  lines.forEach((line, index) => pen.fillText(line, margin, y + index * step))
  return y + lines.length * step
}

/** Fills the field, cut at its middle as a cover is. */
function drawCovering(pen: SKRSContext2D, image: Image): void {
  const scale = Math.max(width / image.width, coverHeight / image.height)
  const [w, h] = [width / scale, coverHeight / scale]
  pen.drawImage(image, (image.width - w) / 2, (image.height - h) / 2, w, h, 0, 0, width, coverHeight)
}

/** Without a cover the title stands on a field of its own. */
function drawPlainField(pen: SKRSContext2D, lines: readonly string[], size: number, families: string): void {
  const field = pen.createLinearGradient(0, 0, width, coverHeight)
  field.addColorStop(0, colours.brand)
  field.addColorStop(1, colours.deep)
  pen.fillStyle = field
  pen.fillRect(0, 0, width, coverHeight)
  const step = Math.round(size * 1.4)
  drawLines(pen, lines, { weight: 700, size, step, colour: colours.onBrand, families, y: (coverHeight - lines.length * step) / 2 })
}

function drawCode(pen: SKRSContext2D, image: Image, { x, y }: { x: number; y: number }): void {
  pen.imageSmoothingEnabled = image.width > codeSize
  pen.drawImage(image, x, y, codeSize, codeSize)
}

function drawLink(pen: SKRSContext2D, address: string, { x, y }: { x: number; y: number }): void {
  const { data, size } = encode(address, { ecc: 'M', border: 1 })
  const module = codeSize / size
  pen.fillStyle = colours.ink
  data.forEach((row, line) => row.forEach((isDark, column) => isDark && pen.fillRect(x + column * module, y + line * module, module + 0.5, module + 0.5)))
}
