import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import { normalisePhone } from '../../domain/phone.ts'
import type { MiniProgramPhones } from '../../ports/identities.ts'
import type { TencentApi } from '../tencent/api.ts'

const api = '/wxa/business/getuserphonenumber'

/** The number comes apart from its country's code, which the documentation gives as text and examples as a number. */
const phoneAnswer = z.object({
  phone_info: z.object({
    purePhoneNumber: z.string(),
    countryCode: z.union([z.string(), z.int()]).transform(String),
    watermark: z.object({ appid: z.string() }),
  }),
})

/** The phone that a customer let WeChat tell us (mini-program, phone number quick verification). */
export function miniProgramPhones(deps: { api: TencentApi; appId: string }): MiniProgramPhones {
  return {
    async numberOf(code) {
      const { phone_info: told } = await deps.api.post(api, { code }, phoneAnswer)
      if (told.watermark.appid !== deps.appId) throw new TencentRefused(api, 40013)
      return normalisePhone(`+${told.countryCode.replace(/^\+/, '')}${told.purePhoneNumber}`)
    },
  }
}
