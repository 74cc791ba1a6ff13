import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../fake-tencent/world.ts'
import type { ArticleCard, ChatLine, OrderView, Recording } from './contract.ts'
import type { SavedStep } from './feed.ts'

/** What the demo keeps between two runs, beside the product's own data. */
export interface DemoMemory {
  offsetMs: number
  world: World
  /** Cookies by actor. */
  jars: Record<string, [string, string][]>
  articles: ArticleCard[]
  chats: Record<string, ChatLine[]>
  account: ChatLine[]
  basket: string[]
  orders: OrderView[]
  share: { title: string; url: string } | null
  lastOpens: Record<string, number>
  lineCount: number
  /** What she has proved, and what her own page last said; absent in memories of older demos. */
  mine?: { phone: boolean; card: boolean; recording: Recording }
  /** Notices that were shown to her: a page of ours, the mini-program. */
  told?: string[]
  /** Joins, standing or undone, that the feed has told. */
  joins?: string[]
  secret: string
  /** Folder of the product's data: a new one after each emptying, since the old engine lives on for seconds. */
  productDir: string
}

/** `state.json` and `steps.json` below `dir`, each replaced as a whole. */
export function memoryFile(dir: string) {
  const [state, steps] = [join(dir, 'state.json'), join(dir, 'steps.json')]
  return {
    load: (): DemoMemory | null => read<DemoMemory>(state),
    save: (memory: DemoMemory): void => write(dir, state, memory),
    loadSteps: (): SavedStep[] => read<SavedStep[]>(steps) ?? [],
    saveSteps: (list: readonly SavedStep[]): void => write(dir, steps, list),
    /** Empties the whole folder: stand-in, product, clock. */
    forget: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
}

function read<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function write(dir: string, path: string, value: unknown): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(`${path}.new`, JSON.stringify(value))
  renameSync(`${path}.new`, path)
}
