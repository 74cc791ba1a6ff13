import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AlertView } from '../../server/http/contract.ts'

/** One file of tests/fixtures/sidebar, by its name without the ending. */
export async function fixture<T>(name: string): Promise<T> {
  const path = fileURLToPath(new URL(`../fixtures/sidebar/${name}.json`, import.meta.url))
  return JSON.parse(await readFile(path, 'utf8')) as T
}

/** A fixture holding one alert. */
export function alertFixture(name: string): Promise<AlertView> {
  return fixture(name)
}

/** Several of them. */
export function alertFixtures(name: string): Promise<AlertView[]> {
  return fixture(name)
}
