import { existsSync, readFileSync } from 'node:fs'

/** The OpenAPI description of the JSON API, for programs that ask; a test holds it against the routes. */
export function readDescription(): object {
  const beside = new URL('openapi.json', import.meta.url)
  // The compiled server in dist/server/http finds it in the sources, as the sentences are.
  const path = existsSync(beside) ? beside : new URL('../../../server/http/openapi.json', import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as object
}
