import { z } from 'zod'
import { isReportedOrder, needsItem, reportedItemKinds, reportedOrderKinds, type ReportedKind } from '../server/domain/reported-kinds.ts'
import { path, widePath } from './inbound-path.ts'

const reportedKinds = [...reportedOrderKinds, ...reportedItemKinds]
const kind = z.enum(reportedKinds)
/** The first of these that is there. */
const paths = z.union([path, z.array(path).min(1)]).transform((one) => (Array.isArray(one) ? one : [one]))
const constant = z.strictObject({ value: z.string().min(1) })

const text = z.union([constant, paths.transform((list) => ({ paths: list }))], 'must be a path, a list of paths or { "value": … }')
const money = z.strictObject({ path: paths, unit: z.enum(['yuan', 'fen'], 'must be "yuan" or "fen"') })

const timeZone = z.string().refine((zone) => zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone), 'must be a time zone such as Asia/Shanghai')
const at = z
  .strictObject({ path: paths, format: z.enum(['unix-s', 'unix-ms', 'iso', 'yyyy-MM-dd HH:mm:ss']), zone: timeZone.optional() })
  .refine(({ format, zone }) => (format === 'yyyy-MM-dd HH:mm:ss') === (zone !== undefined), {
    path: ['zone'],
    error: 'is needed with "yyyy-MM-dd HH:mm:ss", and has no meaning with the other formats',
  })

const who = z.union(
  [
    z.strictObject({ phone: path }),
    z.strictObject({ member: path }),
    z.strictObject({ unionid: path }),
    z.strictObject({ openid: path, appId: z.string().regex(/^[A-Za-z0-9_-]{3,64}$/, 'must be an appid') }),
  ],
  'must be one of { "phone": path }, { "member": path }, { "unionid": path }, { "openid": path, "appId": "wx…" }',
)

const item = z.strictObject({
  id: paths,
  /** Other ids of the same thing: any match with a basket's is a match. */
  aliases: z.array(path).default([]),
  title: paths.optional(),
  category: paths.optional(),
  /** Of one piece. */
  price: money.optional(),
  count: paths.optional(),
})

const template = z
  .strictObject({
    /** All of these must hold, or the template is passed over. */
    when: z.array(z.strictObject({ path, is: z.array(z.string()).min(1) })).default([]),
    /** One event for each element of this list; paths then count from the element. */
    each: path.optional(),
    kind: z.union(
      [kind, z.strictObject({ path, values: z.record(z.string(), kind) })],
      `must be one of ${reportedKinds.join(', ')}, or { "path", "values": { theirs: ours } }`,
    ),
    /** What makes it the same event when it is told again, under another webhook-id too. Without it the webhook-id does. */
    id: paths.optional(),
    at,
    /** The first that is there and well-formed; an event that names nobody is left out. */
    who: z.array(who).min(1),
    orderNo: paths.optional(),
    amount: money.optional(),
    items: item.extend({ each: path }).optional(),
    item: item.optional(),
    text: text.optional(),
  })
  .superRefine((written, context) => {
    for (const [field, message] of shapeProblems(written)) context.addIssue({ code: 'custom', path: [field], message })
  })

const sample = z.strictObject({
  body: z.unknown(),
  /** What must come out, in order: the fields that are named here must be as here. */
  events: z.array(z.record(z.string(), z.unknown())),
})

/** A mapping file: how the messages of one kind of system become our events. */
export const mappingFile = z.strictObject({
  /** Who speaks: shown beside each entry of the timeline. */
  from: z.enum(['mall', 'erp', 'till']),
  /** JSON that travels as text inside the JSON. */
  unpack: z.array(z.strictObject({ path, as: z.enum(['json', 'url-encoded-json']) })).default([]),
  events: z.array(template).min(1),
  /** Never stored: names, addresses, remarks. */
  omit: z.array(widePath).default([]),
  samples: z.array(sample).default([]),
})

export type Mapping = z.output<typeof mappingFile>
export type Template = Mapping['events'][number]
export type ItemPaths = z.output<typeof item>
export type MoneyPath = z.output<typeof money>
export type WhoPath = z.output<typeof who>

function shapeProblems(written: Pick<z.output<typeof template>, 'kind' | 'orderNo' | 'amount' | 'items' | 'item' | 'text'>): [string, string][] {
  const kinds = typeof written.kind === 'string' ? [written.kind] : Object.values(written.kind.values)
  if (kinds.length === 0) return [['kind', 'needs at least one value']]
  if (kinds.some((one) => isReportedOrder(one) !== isReportedOrder(kinds[0] as ReportedKind))) {
    return [['kind', 'mixes kinds with an order number and kinds about one item: write two events']]
  }
  const of = (names: readonly ('orderNo' | 'amount' | 'items' | 'item' | 'text')[]) => names.filter((one) => written[one] !== undefined)
  if (isReportedOrder(kinds[0] as ReportedKind)) {
    const missing: [string, string][] = written.orderNo ? [] : [['orderNo', 'is missing: such events need it']]
    return [...missing, ...of(['item', 'text']).map((one): [string, string] => [one, 'has no meaning for events with an order number'])]
  }
  const lacksItem = !written.item && kinds.some(needsItem)
  const missing: [string, string][] = lacksItem ? [['item', 'is missing: such events are about one item']] : []
  return [...missing, ...of(['orderNo', 'amount', 'items']).map((one): [string, string] => [one, 'has no meaning for events about one item'])]
}
