import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { onTestFinished, describe, expect, test, vi } from 'vitest'
import { parseRules } from '../../config/rules-file.ts'
import { replay, type ReplayOptions } from '../../server/commands/replay.ts'
import { commandOf } from '../support/product-command.ts'
import { testDatabase } from '../support/store.ts'

vi.setConfig({ testTimeout: 120_000 })

const fixtures = fileURLToPath(new URL('../fixtures/replay/', import.meta.url))
const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const undisturbed = { secret: 'a-secret-of-the-tests', resend: 0, shuffleMinutes: 0, seed: 1 }

type Stream = 'taobao' | 'articles'

/** The lines without the header, sorted. */
function sorted(text: string): readonly string[] {
  return text.trim().split('\n').slice(1).toSorted()
}

async function replayed(file: string, stream: Stream, how: Partial<ReplayOptions> = {}): Promise<readonly string[]> {
  const rules = parseRules(JSON.parse(await readFile(join(fixtures, `${stream}.rules.json`), 'utf8')))
  const { uri, drop } = testDatabase()
  onTestFinished(drop)
  const { lines } = await replay({ file, rules, mongodbUri: uri, ...undisturbed, ...how })
  return lines.toSorted()
}

async function fileOf(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'replay-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'stream.csv'), content)
  return join(folder, 'stream.csv')
}

describe('the made-up streams', () => {
  const disturbances: readonly (readonly [string, Partial<ReplayOptions>])[] = [
    ['as they are', {}],
    ['a tenth twice', { resend: 0.1 }],
    ['every row twice', { resend: 1, seed: 7 }],
    ['in another order within five minutes', { shuffleMinutes: 5 }],
    ['both, otherwise', { resend: 0.1, shuffleMinutes: 5, seed: 3 }],
  ]
  const cases = (['taobao', 'articles'] as const).flatMap((stream) => disturbances.map(([name, how]) => [stream, name, how] as const))

  test.each(cases)('E1 B2 B3: %s, %s: exactly the expected alerts', async (stream, _name, how) => {
    const expected = sorted(await readFile(join(fixtures, `${stream}.expected.csv`), 'utf8'))
    expect(expected.length).toBeGreaterThan(0)
    expect(await replayed(join(fixtures, `${stream}.csv`), stream, how)).toEqual(expected)
  })

  test('A7: crawlers are dropped by their user agent alone; as people they would count', async () => {
    const text = await readFile(join(fixtures, 'articles.csv'), 'utf8')
    const asPeople = await fileOf(text.replaceAll(/,1$/gm, ',0'))
    const people = await replayed(join(fixtures, 'articles.csv'), 'articles')
    expect((await replayed(asPeople, 'articles')).length).toBeGreaterThan(people.length)
  })
})

describe('what is wrong is named', () => {
  test.each([
    ['an event that nobody knows', ',product_view,', ',stared_at,', /^row 1: event is no kind of event/],
    ['a time that is none', /^\d{13}/m, 'yesterday', /^row 1: ts_ms /],
    ['a row without visitor', ',9001,', ',,', /^row 1: visitor /],
  ])('Ops: %s', async (_name, from, to, message) => {
    const text = await readFile(join(fixtures, 'taobao.csv'), 'utf8')
    const file = await fileOf(text.replace(from, to))
    await expect(replayed(file, 'taobao')).rejects.toThrow(message)
  })

  test('Ops: a file that is not there', async () => {
    await expect(replayed(join(fixtures, 'nothing.csv'), 'taobao')).rejects.toThrow(/ENOENT/)
    await expect(replayed(join(fixtures, 'nothing.csv.gz'), 'taobao')).rejects.toThrow(/ENOENT/)
  })
})

describe('the command', () => {
  const command = (...words: string[]) => promisify(execFile)(process.execPath, [...commandOf('replay'), ...words])

  test('E1: prints the alerts as CSV, and says how many rows took how long', async () => {
    const { stdout, stderr } = await command(join(fixtures, 'articles.csv'), '--rules', join(fixtures, 'articles.rules.json'))
    const expected = await readFile(join(fixtures, 'articles.expected.csv'), 'utf8')
    expect(stdout.split('\n')[0]).toBe('rule,fire_ts_ms,visitor,subject')
    expect(sorted(stdout)).toEqual(sorted(expected))
    expect(stderr).toMatch(/^44 rows, 5 signals, \d+\.\d s\n$/)
  })

  test('Ops: without rules it tells how it is used and ends with 1', async () => {
    await expect(command(join(fixtures, 'articles.csv'))).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^npm run replay -- FILE --rules RULES [^\n]+\n$/),
    })
  })
})

/** The first rows of a shared stream, and the alerts expected of them: what fires up to the last row's time. */
async function partOf(name: string, expectedName: string, rows: number): Promise<{ file: string; expected: readonly string[] }> {
  const unpacked = async (file: string) => gunzipSync(await readFile(join(shared, file))).toString('utf8')
  const lines = (await unpacked(name)).trim().split('\n').slice(0, rows + 1)
  const last = Number(lines.at(-1)?.split(',')[0])
  const all = sorted(await unpacked(expectedName))
  const expected = all.filter((line) => Number(line.split(',')[1]) <= last)
  return { file: await fileOf(`${lines.join('\n')}\n`), expected }
}

describe('real streams', () => {
  const reason = existsSync(shared) ? '' : ' (skipped: the data are not beside this repository)'

  test.skipIf(reason)(`E1: a blog's readers: all expected alerts, none more${reason}`, async () => {
    const { file, expected } = await partOf('article_reads.dev.csv.gz', 'article_expected_alerts.dev.csv.gz', 5_000)
    expect(expected.length).toBeGreaterThan(20)
    expect(await replayed(file, 'articles')).toEqual(expected)
  })

  test.skipIf(reason)(`E1 B2 B3: the first rows of a mall's visitors, plain and disturbed${reason}`, async () => {
    const { file, expected } = await partOf('taobao_events.dev.csv.gz', 'taobao_expected_alerts.dev.csv.gz', 1_200)
    expect(expected.length).toBeGreaterThan(20)
    expect(await replayed(file, 'taobao')).toEqual(expected)
    expect(await replayed(file, 'taobao', { resend: 0.1, shuffleMinutes: 5 })).toEqual(expected)
  })
})
