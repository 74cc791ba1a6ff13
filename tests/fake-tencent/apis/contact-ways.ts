import { z } from 'zod'
import { postApi, Refusal, type Api, type Desk } from '../api.ts'
import { qrPicture } from '../qr-picture.ts'
import { staffOf } from '../world.ts'

const chars30 = z.string().refine((text) => [...text].length <= 30, 'at most 30 characters')
const way = z.strictObject({
  type: z.literal(1),
  scene: z.literal(2),
  remark: chars30.optional(),
  skip_verify: z.boolean().optional(),
  state: chars30.optional(),
  user: z.array(z.string().min(1)).length(1),
})

/** One member, a QR code. Source: document/path/92228. */
const add = postApi(['agent', 'contact'], z.strictObject({}), way, (desk, { body }) => {
  const [userid = ''] = body.user
  const member = staffOf(desk.world, userid)
  if (!member) throw new Refusal(60111, 'userid not found')
  if (!member.inVisibleRange) throw new Refusal(60011, 'no privilege to access/modify contact/party/agent')
  if (!member.contacts) throw new Refusal(84074, 'no external contact permission')
  desk.world.counter += 1
  const configId = `config${desk.world.counter}`
  const ways = (desk.world.contactWays ??= {})
  ways[configId] = { userid: member.userid, state: body.state ?? '', remark: body.remark ?? '' }
  return { config_id: configId, qr_code: `${desk.qrBase?.() ?? ''}${qrFolder}${configId}.png` }
})

/** Where the pictures of contact ways lie on the stand-in's WeCom host. */
export const qrFolder = '/qr/'

/** The picture of a contact way; null: there is none. What it says is `contact-way:<config_id>`. */
export function contactWayPicture(desk: Desk, path: string): Buffer | null {
  const [, configId = ''] = /^\/qr\/(\w+)\.png$/.exec(path) ?? []
  return desk.world.contactWays?.[configId] ? qrPicture(`contact-way:${configId}`) : null
}

export const contactWays: Record<string, Api> = { '/cgi-bin/externalcontact/add_contact_way': add }
