import { z } from 'zod'
import type { ContactCodeMaker } from '../../ports/contact-codes.ts'
import type { TencentApi } from '../tencent/api.ts'

const made = z.object({ config_id: z.string().min(1), qr_code: z.url({ protocol: /^https?$/ }) })
const mostChars = 30

/**
 * add_contact_way: one member, a QR code, added without being confirmed; `state` and `remark` have 30 characters;
 * `api` under the customer-contact secret (document/path/92228).
 */
export function weComContactCodes({ api }: { api: TencentApi }): ContactCodeMaker {
  return {
    async make({ state, userid, remark }) {
      const body = { type: 1, scene: 2, remark: [...remark].slice(0, mostChars).join(''), skip_verify: true, state, user: [userid] }
      const answer = await api.post('/cgi-bin/externalcontact/add_contact_way', body, made)
      return { configId: answer.config_id, qrCode: answer.qr_code }
    },
  }
}
