import { createServer } from 'node:http'

/** First of seven free ports in a row, for a demo under test. */
export async function sevenFreePorts(): Promise<number> {
  for (let first = 21_000 + (process.pid % 500) * 8; ; first += 8) {
    const free = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((more) => isFree(first + more)))
    if (free.every(Boolean)) return first
  }
}

function isFree(wanted: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
