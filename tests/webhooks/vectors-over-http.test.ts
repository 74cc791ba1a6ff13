import { expect, test } from 'vitest'
import type { AppId } from '../../server/domain/ids.ts'
import { callbackConfig, openEdge } from './edge.ts'
import { vectors, type Vector } from './fixture.ts'

const weCom = vectors('callback-crypto').vectors.filter(({ product }) => product === 'wecom')
const account = vectors('official-account').vectors
const callbackOf = (v: Vector) => ({ token: v.token, aesKey: v.encodingAESKey })
const signed = (v: Vector) => ({ msg_signature: v.signature, timestamp: v.timestamp, nonce: v.nonce })

async function weComEdge(v: Vector) {
  const config = callbackConfig()
  return openEdge({ ...config, weCom: { ...config.weCom, corpId: v.receiveId, callback: callbackOf(v) } })
}

async function accountEdge(appId: string, v: Vector) {
  const { officialAccount, ...others } = callbackConfig()
  if (!officialAccount) throw new Error('the usual configuration has an Official Account')
  const callback = { ...officialAccount.callback, ...(v.encodingAESKey ? callbackOf(v) : { token: v.token }) }
  return openEdge({ ...others, officialAccount: { ...officialAccount, appId: appId as AppId, callback } })
}

test.each(weCom.filter(({ kind }) => kind === 'message'))('A2 the published message $id is stored', async (v) => {
  const edge = await weComEdge(v)
  const body = `<xml><ToUserName>${v.receiveId}</ToUserName><Encrypt><![CDATA[${v.ciphertext}]]></Encrypt></xml>`
  const answer = await edge.post(`/webhooks/wecom/${v.receiveId}?${new URLSearchParams(signed(v))}`, body)
  expect([answer.status, answer.body, edge.texts()]).toEqual([200, '', [v.plaintext]])
  await edge.close()
})

test.each(weCom.filter(({ kind }) => kind === 'echostr'))('A2 the published URL check $id is answered', async (v) => {
  const edge = await weComEdge(v)
  const query = new URLSearchParams({ ...signed(v), echostr: v.ciphertext })
  const answer = await edge.get(`/webhooks/wecom/${v.receiveId}?${query}`)
  expect([answer.status, answer.body]).toEqual([200, v.plaintext])
  expect((await edge.get(`/webhooks/wecom/${v.receiveId}?${query}`.replace('%2B', '+'))).status).toBe(401)
  await edge.close()
})

test.each(account.filter(({ echostr }) => echostr))('A1 the published URL check $id is answered', async (v) => {
  const edge = await accountEdge('wxba5fad812f8e6fb9', v)
  const { signature, timestamp, nonce, echostr } = v
  const query = new URLSearchParams({ signature, timestamp, nonce, echostr })
  const answer = await edge.get(`/webhooks/official-account/wxba5fad812f8e6fb9?${query}`)
  expect([answer.status, answer.body]).toEqual([200, echostr])
  await edge.close()
})

const sealedOnes = account.filter(({ kind }) => kind === 'oa.secure.receive')
test.each(sealedOnes)('A1 the published message $id is stored', async (v) => {
  const edge = await accountEdge(v.appid, v)
  const answer = await edge.post(`/webhooks/official-account/${v.appid}?${new URLSearchParams(v.query)}`, v.body)
  expect([answer.status, answer.body, edge.texts()]).toEqual([200, 'success', [v.expect.plaintext]])
  await edge.close()
})
