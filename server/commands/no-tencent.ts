import type { Tencent } from '../adapters/tencent/open.ts'
import { TencentRefused } from '../domain/errors.ts'

const nobody = async (): Promise<never> => {
  throw new TencentRefused('no-tencent', -1)
}

/** For commands that run the product without Tencent: whatever is asked is refused. */
export const noTencent: Tencent = {
  directory: { read: nobody, followUsers: nobody, countOf: nobody, page: nobody },
  messenger: { print: () => '', send: nobody, updateCard: nobody, recall: nobody },
  signIn: { authorizeUrl: () => '', exchange: nobody, nameOf: nobody },
  pageSignatures: { sign: nobody },
  companyDirectory: { departments: nobody, membersOf: nobody, member: nobody },
  corpTagDirectory: { corpTags: nobody },
  contactCodeMaker: { make: nobody },
  customerTags: { mark: nobody },
  groupChats: { read: nobody },
  accountUsers: null,
  followerList: null,
  accountOAuth: null,
  accountPageSignatures: null,
  miniProgramLogin: null,
  miniProgramPhones: null,
  shop: null,
  paymentGateway: null,
  platformKeys: null,
}
