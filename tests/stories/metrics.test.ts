import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import { openLive } from '../support/live-stream.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

const token = 'a-token-of-the-scraper'

async function scrape(
  url = brand.url,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/metrics`, { headers })
  return { status: answer.status, text: await answer.text() }
}

/** The value of one series, by its whole name. */
function valueOf(text: string, series: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

test('I4: callbacks, deliveries, alerts, calls, pages and the store are counted; nobody is named', async () => {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  await lin.follows({ deliveries: 2 })
  const waiting = (await scrape()).text
  expect(valueOf(waiting, 'leads_inbox_waiting')).toBe(1)
  brand.clock.move(90_000)
  expect(valueOf((await scrape()).text, 'leads_inbox_oldest_age_seconds')).toBeGreaterThanOrEqual(90)
  await brand.settle()
  await fetch(`${brand.url}/webhooks/wecom/${brand.env['WECOM_CORP_ID']}?msg_signature=no`, {
    method: 'POST',
    body: '<xml/>',
  })
  await fetch(`${brand.url}/webhooks/made-up-by-somebody/x`, { method: 'POST', body: 'x' })
  await signedIn(brand, mei)
  const stream = await openLive(brand, mei.browser)
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await lin.writes('这件多少钱')
  await brand.settle()
  const { text } = await scrape()
  stream.close()

  expect(valueOf(text, 'leads_callbacks_total{channel="official-account",outcome="accepted"}')).toBe(3)
  expect(valueOf(text, 'leads_callbacks_total{channel="wecom",outcome="refused"}')).toBe(1)
  expect(valueOf(text, 'leads_callbacks_total{channel="unknown",outcome="refused"}')).toBe(1)
  expect(valueOf(text, 'leads_deliveries_total{channel="official-account",outcome="stored"}')).toBe(2)
  expect(valueOf(text, 'leads_deliveries_total{channel="official-account",outcome="seen"}')).toBe(1)
  expect(valueOf(text, 'leads_deliveries_total{channel="official-account",outcome="handled"}')).toBe(2)
  expect(valueOf(text, 'leads_alerts_total{fate="sent"}')).toBeGreaterThan(0)
  expect(valueOf(text, 'leads_api_calls_total{api="/cgi-bin/message/send",errcode="0"}')).toBeGreaterThan(0)
  expect(valueOf(text, 'leads_api_calls_total{api="/cgi-bin/message/send",errcode="45009"}')).toBeGreaterThan(0)
  expect(valueOf(text, 'leads_inbox_waiting')).toBe(0)
  expect(valueOf(text, 'leads_inbox_oldest_age_seconds')).toBe(0)
  expect(valueOf(text, 'leads_inbox_left{state="stuck"}')).toBe(0)
  expect(valueOf(text, 'leads_sse_clients')).toBe(1)
  expect(valueOf(text, 'leads_store_seconds_count{store="inbox",result="ok"}')).toBeGreaterThan(5)
  expect(valueOf(text, 'leads_callback_seconds_bucket{channel="official-account",le="+Inf"}')).toBe(3)
  for (const personal of [
    'mei',
    '小梅',
    '林小姐',
    lin.externalUserId,
    lin.unionId ?? '',
    ...Object.values(lin.openIds),
    'made-up',
  ]) {
    expect(text).not.toContain(personal)
  }
  expect(text).toMatch(/^# TYPE leads_callbacks_total counter$/m)
})

test('I4: without a token only private hosts may read, and nobody through a proxy; with one, whoever bears it', async () => {
  expect((await scrape()).status).toBe(200)
  for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via']) {
    expect((await scrape(brand.url, { [name]: '127.0.0.1' })).status).toBe(403)
  }
  const guarded = await openBrand({ at: '2026-03-02T10:00', env: { METRICS_TOKEN: token } })
  expect((await scrape(guarded.url)).status).toBe(403)
  expect((await scrape(guarded.url, { authorization: 'Bearer another-token-altogether' })).status).toBe(403)
  expect(
    (await scrape(guarded.url, { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.9' })).status,
  ).toBe(200)
  await guarded.close()
})

/** Every name of a metric in a PromQL text. */
function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bleads_[a-z_]+\b/g) ?? [])]
}

test.each(['docs/grafana-dashboard.json', 'docs/alert-rules.yaml'])(
  'I4: every metric that %s names exists',
  async (path) => {
    const named = namesIn(await readFile(path, 'utf8'))
    const { text } = await scrape()
    const types = [...text.matchAll(/^# TYPE (?<name>\S+) (?<type>\w+)$/gm)].map(
      ({ groups }) => [groups?.['name'] ?? '', groups?.['type'] ?? ''] as const,
    )
    const parts = (name: string, type: string) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name]
    const known = new Set(types.flatMap(([name, type]) => parts(name, type)))
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  },
)

test('I4: the dashboard is one that Grafana reads, and there are five alert rules, each saying what to do', async () => {
  const dashboard = JSON.parse(await readFile('docs/grafana-dashboard.json', 'utf8')) as {
    panels: { targets: { expr: string }[] }[]
  }
  for (const { targets } of dashboard.panels) expect(targets.every(({ expr }) => expr.includes('leads_'))).toBe(true)
  const rules = await readFile('docs/alert-rules.yaml', 'utf8')
  for (const field of [' {6}- alert: ', ' {8}expr: ', ' {10}summary: ', ' {10}what: ']) {
    expect([...rules.matchAll(new RegExp(`^${field}`, 'gm'))]).toHaveLength(5)
  }
})
