import { fileURLToPath } from 'node:url'
import { openDemo, type Demo } from './demo.ts'
import { memoryFile } from './memory.ts'
import { runningMark } from './running-mark.ts'
import { notReady } from './state.ts'
import { openPageServer } from './page-server.ts'
import { startProduct } from './product.ts'

/**
 * The demo's composition root: the same server beside the stand-in of Tencent, and a page around both.
 * What it keeps lies beside `data`, which the product wants for itself. `--reset` empties what earlier runs left, and ends.
 */
const dir = process.env['DEMO_DIR'] ?? fileURLToPath(new URL('../../demo-data', import.meta.url))
const port = Number(process.env['PORT'] ?? 3000)
const runs = runningMark(dir)

if (process.argv.includes('--reset')) reset()
else await run().catch(explain)

/** Not under a running demo, which would save its state again; there the page's own button starts over. */
function reset(): void {
  if (runs.pid() !== null) {
    console.error('演示正在运行：请先停止它，或点页面右上角的重新开始。 / The demo is running: stop it first, or start over on its page.')
    process.exitCode = 1
    return
  }
  memoryFile(dir).forget()
  console.log('演示数据已清空。 / The demo starts from the beginning next time.')
}

async function run(): Promise<void> {
  let demo: Demo | null = null
  const open = () => openDemo({ dir, port, startProduct, changed: () => page.changed() })
  const page = await openPageServer({
    port,
    folder: fileURLToPath(new URL('../../dist/demo', import.meta.url)),
    state: () => demo?.state() ?? notReady,
    raw: (id) => demo?.raw(id) ?? null,
    act: async (act) => demo?.act(act),
    async startOver() {
      const old = demo
      demo = null
      page.changed()
      await old?.close()
      memoryFile(dir).forget()
      demo = await open()
      runs.set()
      page.changed()
    },
  })
  demo = await open()
  runs.set()
  page.changed()
  console.log(`演示已就绪 / the demo is ready: http://127.0.0.1:${port}`)

  const stop = async () => {
    await demo?.close()
    await page.close()
    runs.clear()
    process.exit(0)
  }
  process.once('SIGTERM', () => void stop())
  process.once('SIGINT', () => void stop())
}

/** Seven ports in a row are needed: page, product, and a browser for each of five people. */
function explain(error: NodeJS.ErrnoException & { port?: number }): void {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(
    `端口 ${error.port} 被占用，换一个再试：PORT=4000 npm run demo / port ${error.port} is taken, choose another`,
  )
  process.exit(1)
}
