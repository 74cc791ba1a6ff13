import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { staffId, type OpenId } from '../../server/domain/ids.ts'
import type { StageName, SyncWatch } from '../../server/usecases/synchronise.ts'
import { diesAt } from '../support/crash.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
const waits: number[] = []
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', server: { wait: async (ms) => void waits.push(ms) } })
  const { tencent } = brand
  const mei = tencent.staff('Mei', { name: '小梅', departments: [2] })
  tencent.staff('Boss', { name: '店长', departments: [1], contacts: false })
  tencent.department({ id: 2, name: '南京西路店', parentid: 1, leaders: ['Boss'] })
  await tencent.tagGroup({ id: 'etLEVEL', name: '等级', order: 1, tags: [{ id: 'etGOLD', name: '金卡', order: 1 }] })
  tencent.crowd({ members: 30, contacts: 330, followers: 150 })
  await mei.adds(tencent.customer('lin', { name: '林小姐' }), { deliveries: 0 })
})
beforeEach(() => void (waits.length = 0))
afterEach(() => {
  brand.tencent.weather.comeBack()
  vi.restoreAllMocks()
  expect(brand.tencent.problems).toEqual([])
})
afterAll(() => brand.close())

const many = 'externalcontact/batch/get_by_user'

/** Calls of these APIs while `work` ran. */
async function callsDuring(work: () => Promise<unknown>): Promise<(api: string) => number> {
  const before = brand.tencent.calls.length
  await work()
  const made = brand.tencent.calls.slice(before)
  return (api) => made.filter((call) => call.api === api).length
}

const sync = (watch?: Partial<SyncWatch>) =>
  brand.server.useCases.synchronise(watch && { begins() {}, moved() {}, ended() {}, failed() {}, waits() {}, ...watch })

const read = async () => Object.fromEntries(Object.entries((await sync()).stages).map(([name, { read: all, changed }]) => [name, [all, changed]]))

test('A10: the first synchronisation is killed, and the next one goes on after the last page that was kept', async () => {
  const { stores, useCases } = brand.server
  let pages = 0
  const addPage = stores.syncProgress.addPage.bind(stores.syncProgress)
  vi.spyOn(stores.syncProgress, 'addPage').mockImplementation(async (...page) => {
    if (page[0] === 'contacts' && (pages += 1) === 3) throw new Error('killed')
    return addPage(...page)
  })
  await expect(useCases.synchronise()).rejects.toThrow('killed')
  vi.restoreAllMocks()
  const kept = [...(await stores.syncProgress.pages('contacts', '0')), ...(await stores.syncProgress.pages('contacts', '1'))].length
  expect(kept).toBeGreaterThanOrEqual(1)

  const again = vi.fn<SyncWatch['moved']>()
  let calls = await callsDuring(() => sync({ moved: again }))
  // 20 members with 210 contacts and 11 with 121: three pages and two; the page that was not noted is asked for again.
  expect(calls(many)).toBe(5 - kept)
  expect(calls('externalcontact/get_follow_user_list')).toBe(0)
  expect(calls('externalcontact/get')).toBe(0)
  expect(again.mock.calls.filter(([stage]) => stage === 'contacts').at(-1)?.[1]).toBe(331)
  calls = await callsDuring(async () => expect(await stores.syncProgress.underWay()).toBeNull())
  expect((await stores.contacts.idsFollowedBy(staffId('crowd0007'))).length).toBe(11)
})

test('A10: a killed reading of the list of followers is gone on with, a page at a time, and nobody counts as vanished', async () => {
  const { stores, useCases } = brand.server
  brand.clock.move(86_400_000)
  vi.spyOn(stores.syncProgress, 'endStage').mockImplementation(async (_run, stage) => {
    if (stage === 'followers') throw new Error('killed')
  })
  await expect(useCases.synchronise()).rejects.toThrow('killed')
  vi.restoreAllMocks()
  const pages = vi.spyOn(stores.syncProgress, 'pages')
  const calls = await callsDuring(async () => expect((await read()).followers).toEqual([150, 0]))
  expect([calls('user/get'), calls('user/info/batchget')]).toEqual([0, 0])
  expect(pages.mock.calls.filter(([stage]) => stage === 'followers')).toEqual([])
})

test('A10: a second run writes nothing, observes nothing and asks about no follower; what changed is found', async () => {
  const { stores } = brand.server
  const spies = [
    vi.spyOn(stores.observations, 'record'),
    vi.spyOn(stores.contacts, 'put'),
    vi.spyOn(stores.live, 'publish'),
    vi.spyOn(stores.followers, 'put'),
  ]
  brand.clock.move(86_400_000)
  let calls = await callsDuring(async () => {
    expect(await read()).toEqual({ contacts: [331, 0], members: [32, 0], tags: [1, 0], followers: [150, 0] })
  })
  expect(calls('user/info/batchget')).toBe(0)
  expect(calls('user/get')).toBe(2)
  const written = spies.flatMap((spy) => spy.mock.calls.flatMap(([list]) => list as readonly unknown[]))
  expect(written).toEqual([])

  const { crowd } = brand.tencent.world
  crowd!.renamed['3'] = '改名'
  crowd!.contacts += 1
  crowd!.followers += 2
  brand.clock.move(86_400_000)
  calls = await callsDuring(async () => {
    expect(await read()).toMatchObject({ contacts: [332, 2], followers: [152, 2] })
  })
  expect(calls('user/info/batchget')).toBe(1)
})

test('A10: members, departments with leaders and tags are known', async () => {
  const { members, corpTags, staffDirectory } = brand.server.stores
  expect(await members.ledBy(staffId('Boss'))).toEqual(['mei'])
  expect(await members.get(staffId('Mei'))).toEqual({ staffId: 'mei', userid: 'Mei', name: '小梅', departments: [2], leads: [] })
  expect(await members.ledBy(staffId('crowd0000'))).toEqual(['crowd0006', 'crowd0012', 'crowd0018', 'crowd0024'])
  expect((await members.departments()).find(({ id }) => id === 2)).toEqual({ id: 2, name: '南京西路店', parentId: 1, leaders: ['boss'] })
  expect(await corpTags.many(['etGOLD'])).toEqual(new Map([['etGOLD', { id: 'etGOLD', name: '金卡', order: 1, groupName: '等级' }]]))
  expect(await staffDirectory.get(staffId('crowd0003'))).toMatchObject({ name: '导购3' })
})

test('A2: callbacks about members and tags keep the copies fresh', async () => {
  const { tencent, server, settle } = brand
  const { members, corpTags } = server.stores
  const mei = tencent.staff('Mei')
  await mei.takesName('梅姐')
  await tencent.tagGroup({ id: 'etSIZE', name: '尺码', order: 2, tags: [{ id: 'etM', name: 'M', order: 1 }] }, { tells: true })
  await settle()
  expect((await members.get(staffId('Mei')))?.name).toBe('梅姐')
  expect((await corpTags.all()).map(({ name }) => name)).toEqual(['尺码', '等级'])
  tencent.weather.refuseNext(60011, { api: 'user/get', times: 2 })
  await mei.takesName('小梅')
  await settle()
  expect((await members.get(staffId('Mei')))?.name).toBe('梅姐')
  await sync()
  expect((await members.get(staffId('Mei')))?.name).toBe('小梅')
})

test.each([
  [45009, [60_000, 60_000]],
  [45033, [1_000, 2_000]],
  [45011, [1_000, 2_000]],
  [-1, [1_000, 3_000]],
] as const)('A10: at %i it waits and goes on, without hammering', async (errcode, expected) => {
  brand.tencent.weather.refuseNext(errcode, { api: 'externalcontact/get_corp_tag_list', times: 2 })
  const calls = await callsDuring(async () => expect((await sync()).failed).toEqual([]))
  expect(waits.filter((ms) => ms >= 1_000)).toEqual(expected)
  expect(calls('externalcontact/get_corp_tag_list')).toBe(3)
})

test('A10: a stage that Tencent leaves unanswered keeps no other from its end, and the next run does only that one', async () => {
  brand.tencent.weather.goDown({ api: 'externalcontact/get_corp_tag_list' })
  const first = await sync()
  expect(first).toMatchObject({ failed: ['tags'], failure: { api: '/cgi-bin/externalcontact/get_corp_tag_list' } })
  expect(waits.filter((ms) => ms >= 1_000)).toEqual([1_000, 3_000, 8_000])
  await expect(brand.server.useCases.synchroniseOrThrow()).rejects.toThrow('get_corp_tag_list')
  brand.tencent.weather.comeBack()
  const calls = await callsDuring(async () => expect(await sync()).toMatchObject({ resumed: true, failed: [] }))
  expect(calls(many)).toBe(0)
  expect(calls('user/get')).toBe(0)
})

test.each([
  [48002, 'contacts', 'externalcontact/get_follow_user_list'],
  [48006, 'members', 'department/list'],
  [48011, 'contacts', many],
  [60011, 'members', 'department/list'],
  [48001, 'followers', 'user/get'],
  [48002, 'tags', 'externalcontact/get_corp_tag_list'],
] as const)('A10: %i is an answer: %s is left out, the rest goes on, and nobody is taken to have gone', async (errcode, stage, api) => {
  brand.tencent.weather.refuseNext(errcode, { api, times: 3 })
  const { stages, failed } = await sync()
  expect(failed).toEqual([])
  expect(stages[stage]?.refused.map((one) => [one.api.replace('/cgi-bin/', ''), one.errcode, one.about])).toContainEqual([api, errcode, null])
  const others = (['contacts', 'members', 'tags', 'followers'] as StageName[]).filter((name) => name !== stage)
  for (const name of others) expect([name, stages[name]?.refused, stages[name]?.read]).toEqual([name, [], expect.any(Number)])
  expect((await brand.server.stores.contacts.idsFollowedBy(staffId('crowd0007'))).length).toBeGreaterThan(10)
  expect(await brand.server.stores.members.get(staffId('Mei'))).not.toBeNull()
})

test('A10: a member or department outside the visible range is left out alone', async () => {
  const { weather } = brand.tencent
  weather.refuseNext(60011, { api: 'user/list', times: 1 })
  const { stages } = await sync()
  expect(stages.members?.refused).toEqual([{ api: '/cgi-bin/user/list', errcode: 60011, about: expect.stringMatching(/^department \d+$/) }])
  expect(await brand.server.stores.members.get(staffId('Mei'))).not.toBeNull()
  weather.refuseNext(45029, { api: 'user/list', times: 1 })
  expect((await sync()).stages.members?.refused).toEqual([])
})

test('A10 A2: who vanished from the list of followers has unfollowed, and is told once, by list or callback', async () => {
  const { tencent, clock, settle } = brand
  const mei = tencent.staff('Mei')
  const lin = tencent.customer('lin')
  await lin.follows()
  await settle()
  await sync()
  clock.move(86_400_000)
  await lin.unfollows({ deliveries: 0 })
  await sync()
  await settle()
  const kinds = async () => (await lookAt(brand, lin).timeline()).map(({ kind, at }) => [kind, at.getTime()])
  expect(await kinds()).toEqual([['followed-account', expect.any(Number)], ['unfollowed-account', clock.now().getTime()]])
  expect(mei.titles.at(-1)).toContain('取消')
  // The callback that was late says the same; so does another run.
  await tencent.delivers(tencent.letters.findLast(({ channel }) => channel === 'official-account')!)
  await sync()
  await settle()
  expect((await kinds()).length).toBe(2)

  // A follow that no callback told is told with its own time.
  clock.move(3600_000)
  await lin.follows({ deliveries: 0 })
  const followedAt = clock.now().getTime()
  clock.move(86_400_000)
  await sync()
  await settle()
  expect((await kinds()).at(-1)).toEqual(['followed-account', followedAt])
})

test('A10 C1: a follower found by the list is known by unionid at the first event, though Tencent is away then', async () => {
  const { tencent, clock, settle } = brand
  const wu = tencent.customer('wu', { name: '吴先生' })
  clock.move(86_400_000)
  await tencent.staff('Mei').adds(wu, { deliveries: 0 })
  await wu.follows({ deliveries: 0 })
  await sync()
  tencent.weather.goDown({ api: 'user/info' })
  await wu.taps('预约到店')
  await settle()
  expect(await lookAt(brand, wu).persons()).toHaveLength(1)
  expect((await lookAt(brand, wu).persons())[0]?.identities.map(({ key }) => key)).toContain(`external:${wu.externalUserId}`)
})

test('A10 C1: who did something before the unionid could be had is joined by the list of followers', async () => {
  const { tencent, clock, settle, server } = brand
  const he = tencent.customer('he', { name: '何小姐' })
  await tencent.staff('Mei').adds(he)
  tencent.weather.goDown({ api: 'user/info' })
  await he.follows()
  await settle()
  expect(await lookAt(brand, he).persons()).toHaveLength(2)
  clock.move(60_000)
  await sync()
  const persons = await lookAt(brand, he).persons()
  expect(persons).toHaveLength(1)
  expect(persons[0]?.identities.map(({ key }) => key)).toContain(`external:${he.externalUserId}`)
  expect((await server.stores.followers.many([he.openIds.account as OpenId])).get(he.openIds.account as OpenId)?.unionId).toBe(he.unionId)
})

test('C1 E1: who is joined while a batch waits for a silent Tencent is weighed as who they are by then', async () => {
  const { tencent, clock, settle, server } = brand
  const { lookups, memories } = server.stores
  const hu = tencent.customer('hu', { name: '胡小姐' })
  await tencent.staff('Mei').adds(hu)
  tencent.weather.goDown({ api: 'user/info' })
  await hu.follows()
  await settle()
  const apart = await lookAt(brand, hu).persons()
  expect(apart).toHaveLength(2)
  // Nobody remembers them any more, so that the join has nothing to make whole.
  await memories.drop(apart.map(({ id }) => id))
  clock.move(3600_000)
  const note = lookups.note.bind(lookups)
  const silent = vi.spyOn(lookups, 'note').mockImplementationOnce(async (...owed) => {
    await sync()
    await note(...owed)
  })
  await hu.writes('这件多少钱')
  await server.useCases.worker.drainInbox()
  expect(silent).toHaveBeenCalled()
  await settle()

  const [person, ...others] = await lookAt(brand, hu).persons()
  expect(others).toEqual([])
  const asked = (await lookAt(brand, hu).signals()).filter(({ rule }) => rule === 'asks-for-a-price')
  expect(asked).toHaveLength(1)
  expect(asked.map(({ because }) => because)).not.toContain('nobody-follows')
  expect([...(await memories.load([person!.id, ...person!.formerIds])).keys()]).toEqual([person!.id])
})

test('A10: a death between telling and noting tells nothing twice', async () => {
  const { tencent, clock, settle } = brand
  const xu = tencent.customer('xu')
  await xu.follows()
  await settle()
  await sync()
  clock.move(86_400_000)
  await xu.unfollows({ deliveries: 0 })
  await sync()
  const stage = diesAt(brand, { port: 'inbox', method: 'settle', when: 'before' })
  await expect(settle()).rejects.toThrow('unavailable')
  expect(stage.reached()).toBe(true)
  vi.restoreAllMocks()
  clock.move(120_000)
  await settle()
  expect((await lookAt(brand, xu).timeline()).map(({ kind }) => kind)).toEqual(['followed-account', 'unfollowed-account'])
})
