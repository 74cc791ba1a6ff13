import { createServer } from 'node:http'
import { input, listening } from './listening.ts'
import type { Account } from './mix.ts'
import { createOpener } from './open-by-hand.ts'

/** node:http and node:crypto: verify, decrypt, and find what it is by scanning strings. Stores nothing. */
const openers = new Map(input<readonly Account[]>().map((account) => [account.path, createOpener(account)]))

listening(
  createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?')
      const text = Buffer.concat(chunks).toString()
      const start = text.indexOf('<Encrypt><![CDATA[') + 18
      const message = openers.get(path)?.(text.slice(start, text.indexOf(']]>', start)), new URLSearchParams(query))
      const what = message && (between(message, '<Event><![CDATA[') ?? between(message, '<MsgType><![CDATA['))
      response.statusCode = what ? 200 : 401
      response.end(what ? 'success' : '')
    })
  }),
)

function between(text: string, start: string): string | null {
  const at = text.indexOf(start)
  return at === -1 ? null : text.slice(at + start.length, text.indexOf(']]>', at))
}
