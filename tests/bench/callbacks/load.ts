import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { timesOf, type Times } from '../percentiles.ts'

/** What this process is asked to send. */
export interface LoadPlan {
  /** Requests as `prepareRequests` writes them. */
  file: string
  port: number
  /** Which of them: `count` from `from` on. */
  from: number
  count: number
  connections: number
  /** null: as fast as the answers come. Otherwise so many a second, whether or not answers come. */
  perSecond: number | null
}

/** What came of it. `times` run from the moment at which a request was due, so that a stalled server is not excused. */
export interface LoadResult {
  seconds: number
  /** Answers by status; 0: the connection was lost. */
  statuses: Record<number, number>
  times: Times
  /** Processor time of this process, in seconds. */
  processor: number
}

const plan = JSON.parse(process.argv.at(-1) ?? '') as LoadPlan
process.send?.(await run(plan))
process.disconnect?.()

/** Sends the plan over kept-alive connections, one request at a time on each. */
async function run({ file, port, from, count, connections, perSecond }: LoadPlan): Promise<LoadResult> {
  const requests = readRequests(file, from, count)
  const statuses: Record<number, number> = {}
  const times = new Float64Array(count)
  const free: Client[] = []
  const started = performance.now()
  const dueAt = (index: number) => (perSecond === null ? performance.now() : started + (index * 1000) / perSecond)
  let next = 0
  let done = 0

  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined

    function sendWhatIsDue(): void {
      while (free.length > 0 && next < count && dueAt(next) <= performance.now()) {
        const index = next++
        const due = dueAt(index)
        const client = free.pop() as Client
        client.ask(requests[index] as Buffer, (status) => {
          statuses[status] = (statuses[status] ?? 0) + 1
          times[index] = performance.now() - due
          free.push(client)
          done += 1
          if (done === count) finish()
          else sendWhatIsDue()
        })
      }
    }
    function finish(): void {
      clearInterval(timer)
      for (const client of free) client.end()
      const { user, system } = process.cpuUsage()
      resolve({ seconds: (performance.now() - started) / 1000, statuses, times: timesOf(times), processor: (user + system) / 1e6 })
    }
    for (let each = 0; each < connections; each += 1) free.push(createClient(port))
    if (perSecond !== null) timer = setInterval(sendWhatIsDue, 1)
    sendWhatIsDue()
  })
}

function readRequests(file: string, from: number, count: number): Buffer[] {
  const bytes = readFileSync(file)
  const requests: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length && index < from + count; index += 1) {
    const end = at + 4 + bytes.readUInt32LE(at)
    if (index >= from) requests.push(bytes.subarray(at + 4, end))
    at = end
  }
  return requests
}

interface Client {
  ask(request: Buffer, done: (status: number) => void): void
  end(): void
}

/** One connection that keeps alive; a lost one counts as status 0 and is opened anew. */
function createClient(port: number): Client {
  let waiting: ((status: number) => void) | null = null
  let text = ''
  let socket = open()

  function open(): Socket {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true })
    opened.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const status = statusOfWhole(text)
      if (status !== null) answer(status)
    })
    opened.on('error', () => opened.destroy())
    opened.on('close', () => {
      socket = open()
      if (waiting) answer(0)
    })
    return opened
  }
  function answer(status: number): void {
    const tell = waiting
    waiting = null
    text = ''
    tell?.(status)
  }
  return {
    ask(request, done) {
      waiting = done
      socket.write(request)
    },
    end() {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}

/** The status of an answer that has arrived in full; null while it has not. */
function statusOfWhole(text: string): number | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const length = /\r\ncontent-length: (\d+)/i.exec(text)
  const isWhole = length ? text.length >= end + 4 + Number(length[1]) : text.endsWith('0\r\n\r\n')
  return isWhole ? Number(text.slice(9, 12)) : null
}
