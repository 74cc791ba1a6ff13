import { createCanvas, Path2D, type SKRSContext2D } from '@napi-rs/canvas'

/** WeChat's own shape of a cover, 2.35 : 1. */
const size = { width: 940, height: 400 }

const coat = 'M47 16 60 26 73 16 90 25 99 74 88 77 84 52 86 108H34L36 52 32 77 21 74 30 25Z'
const seams = 'M47 16 60 58 73 16M60 58V108M36 78h12M72 78h12'
const knit = 'M50 18h20l3 8 17 8 10 44-12 3-5-22v45H37V59l-5 22-12-3 10-44 17-8Z'
const hems = 'M48 26q12 8 24 0M37 96h46'

interface Garment {
  shape: string
  lines: string
  hues: readonly [light: string, dark: string]
  /** Left edge, px. */
  at: number
  /** Size of its square, px. */
  side: number
}

const camel = ['#d9b48a', '#8a5a3a'] as const
const grey = ['#a4a9b1', '#454a53'] as const
const navy = ['#5b73a8', '#1c2b52'] as const
const oat = ['#efe3cd', '#bfa57c'] as const
const white = ['#f7f1e6', '#d5c7ae'] as const
const one = (shape: string, lines: string, hues: Garment['hues'], at: number, side: number): Garment => ({ shape, lines, hues, at, side })

/** Ground and garments by article, as GarmentPicture.vue draws them in the mall. */
const scenes: Readonly<Record<string, { ground: readonly [string, string]; garments: readonly Garment[] }>> = {
  coats: {
    ground: ['#f4e6d3', '#dcc3a0'],
    garments: [one(coat, seams, grey, 110, 330), one(coat, seams, navy, 500, 330), one(coat, seams, camel, 285, 380)],
  },
  cashmere: { ground: ['#efe7dc', '#cfbfa9'], garments: [one(knit, hems, white, 170, 350), one(coat, seams, oat, 420, 370)] },
  week: {
    ground: ['#dfe6f1', '#a9b8d2'],
    garments: [one(coat, seams, oat, 30, 300), one(knit, hems, white, 230, 280), one(coat, seams, navy, 410, 320), one(knit, hems, grey, 620, 280)],
  },
}

/** The cover of one of the demo's articles, as a PNG; drawn, so that no picture of anybody's is in the repository. */
export function coverOf(key: string): Buffer | null {
  const scene = scenes[key]
  if (!scene) return null
  const canvas = createCanvas(size.width, size.height)
  const context = canvas.getContext('2d')
  context.fillStyle = slope(context, size.width, size.height, scene.ground)
  context.fillRect(0, 0, size.width, size.height)
  for (const garment of scene.garments) paint(context, garment)
  return canvas.toBuffer('image/png')
}

function paint(context: SKRSContext2D, { shape, lines, hues, at, side }: Garment): void {
  context.save()
  context.translate(at, (size.height - side) / 2 + 6)
  context.scale(side / 120, side / 120)
  context.shadowColor = 'rgba(60, 40, 20, 0.28)'
  context.shadowBlur = 22
  context.shadowOffsetY = 8
  context.fillStyle = slope(context, 60, 120, hues)
  context.fill(outlineOf(shape))
  context.shadowColor = 'transparent'
  context.strokeStyle = 'rgba(255, 255, 255, 0.45)'
  context.lineWidth = 1.4
  context.lineCap = 'round'
  context.stroke(new Path2D(lines))
  context.restore()
}

function outlineOf(shape: string): Path2D {
  return new Path2D(shape)
}

function slope(context: SKRSContext2D, right: number, bottom: number, [from, to]: readonly [string, string]) {
  const gradient = context.createLinearGradient(0, 0, right, bottom)
  gradient.addColorStop(0, from)
  gradient.addColorStop(1, to)
  return gradient
}
