import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiRoutes } from '../../server/http/api.ts'
import type { CustomerView, JoinListView } from '../../server/http/contract.ts'
import { readDescription } from '../../server/http/description.ts'
import { healthRoutes } from '../../server/http/health.ts'
import { beaconRoutes } from '../../webhooks/beacon/routes.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { openBrowser, userAgents } from '../fake-tencent/browser.ts'
import { coat, inMall, row } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { pageOf, signedIn, type Page } from '../support/page.ts'
import { silentLog } from '../support/store.ts'

interface Operation {
  operationId: string
  security: unknown
  responses: Readonly<Record<string, { content?: Readonly<Record<string, unknown>> }>>
}
type Description = { openapi: string; paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }

const description = readDescription() as Description
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
)

/** `/api/alerts/:key/feedback` -> `/api/alerts/{key}/feedback`. */
const described = (path: string) => path.replace(/:(\w+)/g, '{$1}')

/** `GET /api/alerts/{key}/feedback` of every route of a router. */
function routesOf(router: { stack: readonly { path: string | RegExp; methods: readonly string[] }[] }): string[] {
  return router.stack.flatMap(({ path, methods }) =>
    methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${described(String(path))}`),
  )
}

test('F5: every route of the API, the beacon and the health pages is described, and nothing else', () => {
  const unused = { allowedOrigins: [], log: silentLog, config: { allowedOrigins: [], sessionSecret: 'x' } } as never
  const health = healthRoutes({ ping: async () => undefined, isStopping: () => false, prove: () => '' })
  const routers = [apiRoutes(unused), beaconRoutes(unused), health]
  expect(routers.flatMap(routesOf).toSorted()).toEqual(operations.map(({ name }) => name).toSorted())
})

test('F5: the description holds together: ids are unique, references lead somewhere, no schema is left over', () => {
  expect(description.openapi).toBe('3.1.0')
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  const text = JSON.stringify(description)
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]))
  const there = Object.keys((description as unknown as { components: { schemas: object } }).components.schemas)
  expect([...used].toSorted()).toEqual(there.toSorted())
})

describe('F5: what the server answers is what is described', () => {
  const ajv = new Ajv2020({ strictSchema: false, allowUnionTypes: true, allErrors: true })
  ajv.addSchema(description, 'openapi.json')
  const seen = new Set<string>()
  let brand: TestBrand
  let lin: CustomerActor
  let mei: Page
  let ou: Page
  let nobody: Page
  let alertKey = ''

  beforeAll(async () => {
    brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'ou' } })
    const member = brand.tencent.staff('mei', { name: '小梅' })
    const operator = brand.tencent.staff('ou', { contacts: false })
    lin = brand.tencent.customer('lin', { name: '林小姐' })
    await brand.tencent.tagGroup({ id: 'etLEVEL', name: '等级', order: 1, tags: [{ id: 'etGOLD', name: '金卡', order: 1 }] })
    brand.tencent.world.groupChats = { wrGROUP1: { name: '会员群', owner: 'mei', members: ['mei'], customers: [lin.externalUserId, 'wmSTRANGER'] } }
    await brand.server.useCases.synchronise()
    await member.adds(lin)
    await brand.settle()
    await brand.passes(1)
    await inMall(brand.clock, lin)('add-to-cart', coat)
    await lin.follows()
    await brand.settle()
    nobody = pageOf(brand, openBrowser('nobody', userAgents.desktop, { isTencent: () => false, route: (url) => url }))
    mei = await signedIn(brand, member)
    ou = await signedIn(brand, operator)
    const { body } = await mei.get<CustomerView>(`/api/customers/${lin.externalUserId}`)
    alertKey = body.alerts[0]?.key ?? ''
  })
  afterAll(() => brand.close())

  /** What is wrong with an answer, by the operation's description. */
  function faultsOf(operation: string, status: number, got: { status: number; body: unknown }): string[] {
    const [method = '', path = ''] = operation.split(' ')
    const promised = description.paths[path]?.[method.toLowerCase()]?.responses[String(status)]
    if (got.status !== status) return [`answers ${got.status}: ${JSON.stringify(got.body)}`]
    if (!promised) return ['is not described']
    seen.add(operation)
    if (!promised.content) return got.body === '' ? [] : ['has a body']
    const content = ['content', 'application/json', 'schema']
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), ...content]
    const at = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const validate = ajv.compile({ $ref: `openapi.json#/${at}` })
    return validate(got.body) ? [] : [ajv.errorsText(validate.errors)]
  }

  const customer = () => `/api/customers/${lin.externalUserId}`
  const feedback = (key = alertKey) => `/api/alerts/${encodeURIComponent(key)}/feedback`
  const payments = () => `${customer()}/payments`
  const notTaken = () => {
    brand.tencent.pay.nextRefusals.push('PARAM_ERROR')
    return mei.post(payments(), { amount: 100, description: '定金' })
  }
  const page = () => `${brand.env['PUBLIC_URL']}/sidebar/`
  const foreign = { origin: 'https://evil.example' }

  const mall = () => brand.tencent.brand.miniProgram.appId
  const report = () => row(brand.clock, 'view-item', coat)
  const withoutRight = () => {
    brand.tencent.weather.refuseNext(48002, { api: 'externalcontact/get' })
    return mei.get('/api/customers/wmWithoutAnyRight0000000000000000')
  }

  const changeLink = async (how: 'undo' | 'redo') => {
    const { body } = await ou.get<JoinListView>(`${customer()}/links`)
    return ou.post(`/api/links/${body.joins[0]?.id}/${how}`, {})
  }

  const asked: readonly [string, number, () => Promise<{ status: number; body: unknown }>][] = [
    ['GET /api/openapi.json', 200, () => nobody.get('/api/openapi.json')],
    ['GET /api/session', 200, () => mei.get('/api/session')],
    ['GET /api/session', 401, () => nobody.get('/api/session')],
    ['GET /api/customers/{externalUserId}', 200, () => mei.get(customer())],
    ['GET /api/customers/{externalUserId}', 200, () => mei.get(`${customer()}?before=${brand.clock.now().getTime()}`)],
    ['GET /api/customers/{externalUserId}', 400, () => mei.get(`${customer()}?before=x`)],
    ['GET /api/customers/{externalUserId}', 401, () => nobody.get(customer())],
    ['GET /api/customers/{externalUserId}', 403, () => ou.get(customer())],
    ['GET /api/customers/{externalUserId}', 502, () => withoutRight()],
    ['GET /api/alerts', 200, () => mei.get('/api/alerts?filter=all')],
    ['GET /api/alerts', 400, () => mei.get('/api/alerts?filter=mine')],
    ['GET /api/alerts', 401, () => nobody.get('/api/alerts')],
    ['GET /api/live', 401, () => nobody.get('/api/live')],
    ['POST /api/alerts/{key}/feedback', 200, () => mei.post(feedback(), { action: 'later' })],
    ['POST /api/alerts/{key}/feedback', 200, () => mei.post(feedback(), { action: 'undo' })],
    ['POST /api/alerts/{key}/feedback', 409, () => mei.post(feedback(), { action: 'undo' })],
    ['POST /api/alerts/{key}/feedback', 400, () => mei.post(feedback(), { action: 'sell' })],
    ['POST /api/alerts/{key}/feedback', 401, () => nobody.post(feedback(), { action: 'later' })],
    ['POST /api/alerts/{key}/feedback', 403, () => mei.post(feedback(), { action: 'later' }, foreign)],
    ['POST /api/alerts/{key}/feedback', 404, () => mei.post(feedback('nothing'), { action: 'later' })],
    ['POST /api/alerts/{key}/feedback', 413, () => mei.post(feedback(), { reason: 'x'.repeat(1 << 20) })],
    ['POST /api/customers/{externalUserId}/payments', 201, () => mei.post(payments(), { amount: 100, description: '定金' })],
    ['POST /api/customers/{externalUserId}/payments', 400, () => mei.post(payments(), { amount: 0, description: '定金' })],
    ['POST /api/customers/{externalUserId}/payments', 401, () => nobody.post(payments(), {})],
    ['POST /api/customers/{externalUserId}/payments', 403, () => ou.post(payments(), { amount: 1, description: '定金' })],
    ['POST /api/customers/{externalUserId}/payments', 502, () => notTaken()],
    ['GET /api/customers/{externalUserId}/payments', 200, () => mei.get(payments())],
    ['GET /api/customers/{externalUserId}/payments', 401, () => nobody.get(payments())],
    ['GET /api/customers/{externalUserId}/payments', 403, () => ou.get(payments())],
    ['GET /api/tags', 200, () => mei.get('/api/tags')],
    ['GET /api/customers/{externalUserId}/portrait', 200, () => mei.get(`${customer()}/portrait`)],
    ['POST /api/customers/{externalUserId}/tags', 200, () => mei.post(`${customer()}/tags`, { add: ['etGOLD'] })],
    ['POST /api/customers/{externalUserId}/tags', 409, () => mei.post(`${customer()}/tags`, { add: ['etNONE'] })],
    ['GET /api/customers/{externalUserId}/portrait', 200, () => mei.get(`${customer()}/portrait`)],
    ['GET /api/customers/{externalUserId}/portrait', 403, () => ou.get(`${customer()}/portrait`)],
    ['GET /api/customers/{externalUserId}/orders', 200, () => mei.get(`${customer()}/orders`)],
    ['POST /api/customers/{externalUserId}/notes', 201, () => mei.post(`${customer()}/notes`, { id: 'note-0000-0000-01', kind: 'call', text: '下周到店', remindAt: brand.clock.now().getTime() + 60_000 })],
    ['POST /api/customers/{externalUserId}/notes', 400, () => mei.post(`${customer()}/notes`, { kind: 'call', text: '' })],
    ['GET /api/customers/{externalUserId}/notes', 200, () => mei.get(`${customer()}/notes`)],
    ['GET /api/customers/{externalUserId}', 200, () => mei.get(customer())],
    ['GET /api/alerts', 200, () => mei.get('/api/alerts')],
    ['POST /api/notes/{noteId}', 200, () => mei.post('/api/notes/note-0000-0000-01', { kind: 'visit', text: '改到周五' })],
    ['POST /api/notes/{noteId}', 404, () => mei.post('/api/notes/none', { kind: 'visit', text: '改到周五' })],
    ['POST /api/customers/{externalUserId}/reminders', 201, () => mei.post(`${customer()}/reminders`, { id: 'note-0000-0000-02', at: brand.clock.now().getTime() + 60_000 })],
    ['POST /api/reminders/{noteId}', 204, () => mei.post('/api/reminders/note-0000-0000-02', { state: 'done' })],
    ['POST /api/reminders/{noteId}', 409, () => mei.post('/api/reminders/note-0000-0000-02', { state: 'done' })],
    ['POST /api/notes/{noteId}/delete', 204, () => mei.post('/api/notes/note-0000-0000-01/delete', {})],
    ['GET /api/group-chats/{chatId}', 200, () => mei.get('/api/group-chats/wrGROUP1')],
    ['GET /api/group-chats/{chatId}', 404, () => mei.get('/api/group-chats/wrNONE')],
    ['POST /api/customers/{externalUserId}/sent', 204, () => mei.post(`${customer()}/sent`, { what: 'opener' })],
    ['POST /api/customers/{externalUserId}/sent', 400, () => mei.post(`${customer()}/sent`, {})],
    ['POST /api/customers/{externalUserId}/sent', 403, () => ou.post(`${customer()}/sent`, { what: 'copied' })],
    ['POST /api/jssdk/signature', 200, () => mei.post('/api/jssdk/signature', { kind: 'agent', url: page() })],
    ['POST /api/jssdk/signature', 400, () => mei.post('/api/jssdk/signature', { kind: 'agent' })],
    ['POST /api/jssdk/signature', 403, () => mei.post('/api/jssdk/signature', { kind: 'corp', url: foreign.origin })],
    ['GET /api/customers/{externalUserId}/links', 200, () => ou.get(`${customer()}/links`)],
    ['GET /api/customers/{externalUserId}/links', 403, () => mei.get(`${customer()}/links`)],
    ['POST /api/links/{joinId}/undo', 200, () => changeLink('undo')],
    ['POST /api/links/{joinId}/redo', 200, () => changeLink('redo')],
    ['POST /api/links/{joinId}/undo', 404, () => ou.post('/api/links/none/undo', {})],
    ['POST /api/links/{joinId}/redo', 401, () => nobody.post('/api/links/none/redo', {})],
    ['POST /api/content', 201, () => ou.post('/api/content', { title: '秋冬大衣怎么挑', markdown: '# 大衣' })],
    ['POST /api/content', 400, () => ou.post('/api/content', { title: '没有内容' })],
    ['POST /api/content', 401, () => nobody.post('/api/content', {})],
    ['POST /api/content', 403, () => mei.post('/api/content', { title: '秋冬大衣怎么挑', url: 'https://brand.example/' })],
    ['POST /api/content', 413, () => ou.post('/api/content', { markdown: 'x'.repeat(1 << 20) })],
    ['GET /api/content', 200, () => mei.get('/api/content')],
    ['GET /api/shares', 200, () => mei.get('/api/shares')],
    ['GET /api/shares', 401, () => nobody.get('/api/shares')],
    ['GET /api/customers/{externalUserId}/shares', 200, () => mei.get(`${customer()}/shares`)],
    ['GET /api/customers/{externalUserId}/shares', 403, () => ou.get(`${customer()}/shares`)],
    ['GET /api/operator/shares', 200, () => ou.get('/api/operator/shares')],
    ['GET /api/operator/shares', 403, () => mei.get('/api/operator/shares')],
    ['GET /api/operator/link-rate', 200, () => ou.get('/api/operator/link-rate')],
    ['GET /api/operator/link-rate', 403, () => mei.get('/api/operator/link-rate')],
    ['GET /api/customers/{externalUserId}/link-way', 200, () => mei.get(`${customer()}/link-way`)],
    ['GET /api/customers/{externalUserId}/link-way', 403, () => ou.get(`${customer()}/link-way`)],
    ['POST /beacon/{appId}/session', 200, () => nobody.post(`/beacon/${mall()}/session`, { code: lin.wxLoginCode() })],
    ['POST /beacon/{appId}/session', 400, () => nobody.post(`/beacon/${mall()}/session`, {})],
    ['POST /beacon/{appId}/session', 401, () => nobody.post(`/beacon/${mall()}/session`, { code: 'made-up' })],
    ['POST /beacon/{appId}/session', 404, () => nobody.post('/beacon/wxnobody/session', { code: 'x' })],
    ['GET /beacon/{appId}/notice', 200, () => nobody.get(`/beacon/${mall()}/notice`)],
    ['GET /beacon/{appId}/notice', 404, () => nobody.get('/beacon/wxnobody/notice')],
    ['POST /beacon/{appId}/consent', 200, () => lin.answersNotice('shown')],
    ['POST /beacon/{appId}/consent', 401, () => lin.answersNotice('agree', { token: 'made-up' })],
    ['POST /beacon/{appId}/consent', 409, () => lin.answersNotice('agree', { version: 'another' })],
    ['POST /beacon/{appId}/phone', 204, () => lin.provesPhone('13800138000')],
    ['POST /beacon/{appId}/phone', 401, () => lin.provesPhone('13800138000', { code: 'made-up' })],
    ['POST /beacon/{appId}/phone', 401, () => lin.provesPhone('13800138000', { token: 'made-up' })],
    ['POST /beacon/{appId}/phone', 422, () => lin.provesPhone('2128000', { countryCode: '86' })],
    ['POST /beacon/{appId}', 200, () => lin.reports([report(), { ...report(), id: '' }])],
    ['POST /beacon/{appId}', 400, () => lin.reports(Array.from({ length: 101 }, report))],
    ['POST /beacon/{appId}', 401, () => lin.reports([report()], { token: 'made-up' })],
    ['POST /beacon/{appId}', 404, () => nobody.post('/beacon/wxnobody', { events: [] })],
    ['POST /beacon/{appId}', 413, () => lin.reports([{ ...report(), text: 'x'.repeat(1 << 18) }])],
    ['GET /healthz', 200, () => nobody.get('/healthz')],
    ['GET /readyz', 200, () => nobody.get('/readyz')],
  ]

  test.each(asked)('%s %i', async (operation, status, ask) => {
    expect(faultsOf(operation, status, await ask())).toEqual([])
  })

  test('and every operation that answers JSON was held against its description', () => {
    const answering = operations.filter(({ operation: { responses } }) =>
      Object.entries(responses).some(([status, { content }]) => Number(status) < 300 && content?.['application/json']),
    )
    expect(answering.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([])
  })
})
