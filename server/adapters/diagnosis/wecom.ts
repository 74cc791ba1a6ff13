import { z } from 'zod'
import type { WeComConfig } from '../../../config/load.ts'
import { TencentRefused } from '../../domain/errors.ts'
import type { UnionId } from '../../domain/ids.ts'
import { isOutsideRange } from '../../domain/refusal.ts'
import type { UnionIdSample, WeComProbe } from '../../ports/probes.ts'
import type { TencentHttp } from '../tencent/http.ts'
import type { KeeperDeps } from '../tencent/token-keeper.ts'
import { optionalText, whole } from '../tencent/words.ts'
import { weComApi } from '../wecom/api.ts'
import { weComContacts } from '../wecom/contacts.ts'

const ids = z.array(z.unknown()).nullish()
/** Source: document/path/90227. */
const appAnswer = z.object({
  close: whole.nullish(),
  redirect_domain: optionalText,
  allow_userinfos: z.object({ user: ids }).nullish(),
  allow_partys: z.object({ partyid: ids }).nullish(),
  allow_tags: z.object({ tagid: ids }).nullish(),
})
const contactPage = z.object({
  external_contact_list: z.array(z.object({ external_contact: z.object({ type: whole.nullish(), unionid: optionalText }) })).nullish(),
})

const weChatUser = 1
const noContacts = 84061
const noSuchMember = 60111
const askedAtOnce = 100
/** Of those who are asked one by one, because somebody among them has no contacts. */
const askedAlone = 20

/** WeCom as the examination asks it, under the app's secret and, for contacts, the separate one if there is one. */
export function weComProbe(deps: KeeperDeps & { http: TencentHttp; base: string }, weCom: WeComConfig): WeComProbe {
  const { corpId, agentId, agentSecret, contactSecret } = weCom
  const api = weComApi(deps, { corpId, secret: agentSecret })
  const contactApi = contactSecret === agentSecret ? api : weComApi(deps, { corpId, secret: contactSecret })

  async function unionIdsOf(userids: readonly string[]): Promise<readonly (string | null)[] | null> {
    try {
      const body = { userid_list: userids, cursor: '', limit: askedAtOnce }
      const { external_contact_list: rows } = await contactApi.post('/cgi-bin/externalcontact/batch/get_by_user', body, contactPage)
      const people = (rows ?? []).map((row) => row.external_contact)
      return people.filter(({ type }) => (type ?? weChatUser) === weChatUser).map(({ unionid }) => unionid)
    } catch (error) {
      if (error instanceof TencentRefused && error.errcode === noContacts) return null
      throw error
    }
  }

  async function oneByOne(userids: readonly string[]): Promise<readonly (string | null)[]> {
    const lists = []
    for (const userid of userids.slice(0, askedAlone)) lists.push((await unionIdsOf([userid])) ?? [])
    return lists.flat()
  }

  return {
    async app() {
      const { close, redirect_domain: domain, ...range } = await api.get('/cgi-bin/agent/get', { agentid: String(agentId) }, appAnswer)
      const allowed = [range.allow_userinfos?.user, range.allow_partys?.partyid, range.allow_tags?.tagid]
      return { isClosed: close === 1, hasRange: allowed.some((list) => (list?.length ?? 0) > 0), trustedDomain: domain }
    },
    followUsers: () => weComContacts({ api: contactApi }).followUsers(),
    async member(userid) {
      try {
        await api.get('/cgi-bin/user/get', { userid }, z.object({}))
        return 'there'
      } catch (error) {
        if (!(error instanceof TencentRefused)) throw error
        if (error.errcode === noSuchMember) return 'unknown'
        if (isOutsideRange(error)) return 'outside-range'
        throw error
      }
    },
    async contacts(userids) {
      const some = userids.slice(0, askedAtOnce)
      const found = some.length === 0 ? [] : ((await unionIdsOf(some)) ?? (await oneByOne(some)))
      return sampleOf(found)
    },
  }
}

/** Of those who were looked at, what is known. */
export function sampleOf(found: readonly (string | null)[]): UnionIdSample {
  return { asked: found.length, unionIds: found.filter((one): one is UnionId => one !== null) }
}
