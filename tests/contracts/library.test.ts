import { afterAll, beforeAll, expect, test } from 'vitest'
import { qrPicture } from '../fake-tencent/qr-picture.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('A5: a picture comes back as it was given, under one name however often, and what is none is not taken', async () => {
  const bytes = qrPicture('lin')
  const names = await Promise.all([1, 2, 3].map((at) => stores.pictures.put(bytes, minute(at))))
  expect(new Set(names).size).toBe(1)
  const [name = ''] = names
  expect(name).toMatch(/^[0-9a-f]{32}-\d+x\d+\.png$/)
  const found = await stores.pictures.get(name ?? '')
  expect(found).toMatchObject({ name, type: 'image/png' })
  expect(Buffer.from(found?.bytes ?? []).equals(bytes)).toBe(true)
  expect(await stores.pictures.get('none')).toBeNull()
  expect(await stores.pictures.put(Buffer.from('<svg/>'), minute(0))).toBeNull()
  expect(await stores.pictures.put(Buffer.concat([bytes, Buffer.alloc(2 * 1024 * 1024)]), minute(0))).toBeNull()
})

test('A5: of many who want to make a code one may; what is made stays, what is given up waits', async () => {
  const other = await stores.another()
  const { contactCodes } = stores
  const claims = Array.from({ length: 10 }, (_, index) => (index % 2 ? stores : other).contactCodes.claim('a-s1', minute(1), minute(0)))
  expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
  expect(await contactCodes.get('a-s1')).toBeNull()
  expect(await contactCodes.claim('a-s1', minute(9), minute(1))).toBe(true)
  const code = { state: 'a-s1', configId: 'c1', qrCode: 'https://example.test/qr', picture: null }
  await contactCodes.save(code)
  expect(await contactCodes.get('a-s1')).toEqual(code)
  await contactCodes.postpone('a-s1', minute(60))
  expect(await contactCodes.claim('a-s1', minute(99), minute(59))).toBe(false)
  expect(await contactCodes.claim('a-s1', minute(99), minute(60))).toBe(true)
  await contactCodes.save({ ...code, picture: 'x.png' })
  expect(await contactCodes.claim('a-s1', minute(200), minute(150))).toBe(false)
  expect(await contactCodes.get('a-s2')).toBeNull()
})
