import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../fake-tencent/world.ts'
import type { ArticleCard, ChatLine, OrderView } from './contract.ts'

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
  secret: string
  /** Folder of the product's data: a new one after each emptying, since the old engine lives on for seconds. */
  productDir: string
}

/** `state.json` below `dir`, replaced as a whole. */
export function memoryFile(dir: string) {
  const path = join(dir, 'state.json')
  return {
    load(): DemoMemory | null {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as DemoMemory
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    save(memory: DemoMemory): void {
      mkdirSync(dir, { recursive: true })
      writeFileSync(`${path}.new`, JSON.stringify(memory))
      renameSync(`${path}.new`, path)
    },
    /** Empties the whole folder: stand-in, product, clock. */
    forget: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
}
