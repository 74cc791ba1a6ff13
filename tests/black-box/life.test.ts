import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished, expect, test, vi } from 'vitest'
import { nextSecond, openOutside, publicUrl, rings } from './outside.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

test('Ops E1 E3: one ready line with the URL; a callback rings the phone; SIGTERM ends with 0', async () => {
  const { tencent, start } = await openOutside()
  const mei = tencent.staff('mei', { name: '小梅' })
  const lin = tencent.customer('lin', { name: '林小姐' })
  const server = await start()
  const ready = server.lines.filter(({ msg }) => String(msg).startsWith('ready'))
  expect(ready).toMatchObject([{ url: publicUrl, msg: `ready: ${publicUrl}` }])
  for (const path of ['/healthz', '/readyz']) expect((await fetch(server.url + path)).status).toBe(200)

  expect(await mei.adds(lin)).toEqual([200])
  await nextSecond()
  expect(await lin.follows()).toEqual([200])
  expect(await rings(mei, 1, 30_000)).toEqual(['林小姐 刚关注了公众号'])
  expect(await lin.follows({ forged: 'signature' })).toEqual([401])

  const { code, ms } = await server.stop()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(20_000)
  expect(server.stderr()).toBe('')
  expect(server.lines.filter(({ msg }) => msg === 'callback refused')).toHaveLength(1)
  const { weComKeys, account, agentSecret } = tencent.brand
  const secrets = [weComKeys.token, weComKeys.aesKey, agentSecret, account.secret, account.keys.token, account.keys.aesKey]
  for (const secret of [...secrets, '林小姐', '小梅', lin.unionId ?? '', lin.openIds.account, lin.externalUserId]) {
    expect(server.stdout()).not.toContain(secret)
  }
  expect(tencent.problems).toEqual([])
})

test('Ops B1: a request under way when SIGTERM comes is answered, and what it brought is told after the next start', async () => {
  const { tencent, start } = await openOutside()
  const mei = tencent.staff('mei')
  const lin = tencent.customer('lin', { name: '林小姐' })
  const first = await start()
  await mei.adds(lin)
  await nextSecond()

  const slow = await slowLine(first.url)
  tencent.connect(slow.url, publicUrl)
  const answer = lin.follows()
  await slow.holding
  const stopping = first.stop()
  await vi.waitFor(() => expect(first.stdout()).toContain('stopping'), 30_000)
  await vi.waitFor(() => expect(fetch(`${first.url}/healthz`)).rejects.toThrow('fetch failed'), 30_000)
  slow.release()
  expect(await answer).toEqual([200])
  expect(await stopping).toMatchObject({ code: 0 })

  await start()
  expect(await rings(mei, 1, 30_000)).toEqual(['林小姐 刚关注了公众号'])
  expect(tencent.problems).toEqual([])
})

test('Ops E3: a silent WeCom does not hold up the stop, and the phone rings once all the same', async () => {
  const { tencent, start } = await openOutside()
  const mei = tencent.staff('mei')
  const lin = tencent.customer('lin', { name: '林小姐' })
  const first = await start()
  await mei.adds(lin)
  await nextSecond()
  await lin.follows()
  await rings(mei, 1, 30_000)

  tencent.weather.goSilent({ api: 'message/send' })
  await lin.unfollows()
  await vi.waitFor(() => expect(tencent.calls.filter(({ api }) => api === 'message/send')).toHaveLength(2), { timeout: 30_000 })
  const { code, ms } = await first.stop()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(20_000)

  tencent.weather.comeBack()
  await start()
  expect(await rings(mei, 2, 30_000)).toEqual(['林小姐 刚关注了公众号', '林小姐 取消关注了公众号'])
  expect(tencent.problems).toEqual([])
})

/** A line to the server that holds back the end of the first request until it is released. */
async function slowLine(target: string) {
  const { port } = new URL(target)
  const held: { end: Buffer; server: Socket }[] = []
  let hold = () => {}
  const holding = new Promise<void>((resolve) => (hold = resolve))
  const relay = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port: Number(port) })
    server.pipe(client)
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    client.on('data', (part: Buffer) => {
      server.write(part.subarray(0, -20))
      held.push({ end: part.subarray(-20), server })
      // The server takes connections in their order: once it has answered later ones, it has read this one.
      void fetch(`${target}/healthz`).then(() => fetch(`${target}/healthz`)).then(hold)
    })
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void relay.close())
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    holding,
    release: () => held.forEach(({ end, server }) => server.write(end)),
  }
}
