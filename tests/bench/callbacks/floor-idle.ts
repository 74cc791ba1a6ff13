import { createServer } from 'node:http'
import { listening } from './listening.ts'

/** node:http that reads the body and does nothing with it. */
listening(
  createServer((request, response) => {
    request.resume()
    request.once('end', () => response.end('success'))
  }),
)
