import { z } from 'zod'
import type { EventKind } from '../server/domain/event.ts'
import { ConfigInvalid } from '../server/domain/errors.ts'
import type { Rule } from '../server/domain/rule.ts'

/** Every kind of event a rule may look at; the compiler holds the list complete. */
const kinds: Readonly<Record<EventKind, true>> = {
  'followed-account': true, 'unfollowed-account': true, 'tapped-menu': true, 'opened-menu-link': true, 'scanned-code': true,
  'sent-message': true, 'opened-content': true, 'read-content': true, 'shared-content': true, 'view-item': true,
  'favourite-item': true, 'add-to-cart': true, 'remove-from-cart': true, checkout: true, order: true, search: true,
  'claim-coupon': true, 'view-page': true, share: true, 'order-created': true, 'order-paid': true, 'order-cancelled': true,
  'order-delivered': true, 'bought-in-store': true, 'returned-in-store': true, 'order-settled': true,
  paid: true, refunded: true, 'refund-failed': true, 'half-added-contact': true, 'edited-contact': true, 'became-contact': true,
  'refund-asked': true, 'refund-closed': true, complained: true, 'order-received': true, 'asked-about-order': true,
  'asked-about-item': true, 'used-coupon': true, 'coupon-expired': true, 'coupon-returned': true, 'became-sharer': true,
  'left-sharers': true, 'became-member': true, 'removed-by-staff': true, 'removed-by-customer': true, 'contact-transfer-failed': true,
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "60s", "30m", "24h", "7d" -> ms. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'must be a length of time such as "60s", "30m", "24h" or "7d"')
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? 0))

const noDuration = z.literal('0', 'must be a length of time such as "24h", or "0"').transform(() => 0)
const kind = z
  .string()
  .refine((text) => Object.hasOwn(kinds, text), { error: ({ input }) => `is no kind of event: ${JSON.stringify(input)}` })
  .transform((text) => text as EventKind)
const someKinds = z.array(kind).min(1, 'needs at least one kind of event')

const head = {
  id: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be 1 to 40 letters, digits, - or _'),
  names: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }).optional(),
  tag: z.string().min(2, 'must be 2 to 5 characters').max(5, 'must be 2 to 5 characters').default('提醒'),
  coolDown: z.union([duration, noDuration], 'must be a length of time such as "24h", or "0"').default(0),
  urgency: z.enum(['now', 'later']).default('now'),
  direct: z.boolean().default(false),
}

const counting = z
  .strictObject({
    ...head,
    shape: z.literal('counting'),
    on: someKinds,
    per: z.enum(['object', 'category', 'any']),
    distinct: z.boolean().default(false),
    count: z.int().min(1).max(100),
    window: duration,
    spacing: duration.optional(),
  })
  .refine((rule) => !(rule.distinct && rule.spacing), { path: ['spacing'], error: 'has no meaning where different objects are counted' })

const missingStep = z.strictObject({ ...head, shape: z.literal('missing-step'), start: someKinds, cancel: someKinds, within: duration })

const single = z.strictObject({
  ...head,
  shape: z.literal('single'),
  on: someKinds,
  keywords: z.array(z.string().trim().min(1)).min(1).optional(),
})

const file = z.strictObject({
  rules: z
    .array(z.discriminatedUnion('shape', [counting, missingStep, single]))
    .min(1, 'needs at least one rule')
    .superRefine((rules, context) => {
      rules.forEach(({ id }, index) => {
        const first = rules.findIndex((rule) => rule.id === id)
        if (first < index) context.addIssue({ code: 'custom', path: [index, 'id'], message: `is taken by rules[${first}]` })
      })
    }),
})

type WrittenRule = z.output<typeof file>['rules'][number]

/**
 * A rules file, checked: `{ "rules": [ … ] }` with rules of the three shapes.
 *
 * Every rule: `id`, `shape`, and if wanted `names` {zh, en}, `tag`, `coolDown` ("24h", default "0"), `urgency`, `direct`.
 * - `counting`: `on` (kinds), `per` object | category | any, `count`, `window`; `distinct` counts different objects;
 *   `spacing`: repetitions closer than this count once.
 * - `missing-step`: `start` (kinds) not followed by `cancel` (kinds) `within` a time.
 * - `single`: `on` (kinds); `keywords`: only messages that contain one.
 *
 * @example { "rules": [{ "id": "R1", "shape": "counting", "on": ["view-item"], "per": "object", "count": 3, "window": "24h" }] }
 * @throws ConfigInvalid naming each place and what is wrong there, `rules[0].window must be …`
 */
export function parseRules(json: unknown): Rule[] {
  const result = file.safeParse(json)
  if (result.success) return result.data.rules.map(ruleOf)
  throw new ConfigInvalid(result.error.issues.map(({ path, message }) => `${placeOf(path)} ${message}`))
}

function ruleOf(written: WrittenRule): Rule {
  const { id, tag, coolDown, urgency, direct, names = { zh: id, en: id } } = written
  const common = { id, names, tag, coolDownMs: coolDown, urgency, direct }
  switch (written.shape) {
    case 'counting': {
      const { shape, on, per, distinct, count, window, spacing = 0 } = written
      return { ...common, shape, on, per, distinct, count, windowMs: window, spacingMs: spacing }
    }
    case 'missing-step':
      return { ...common, shape: written.shape, start: written.start, cancel: written.cancel, delayMs: written.within }
    case 'single':
      return { ...common, shape: written.shape, on: written.on, keywords: written.keywords ?? null }
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text.replace(/^\./, '') || 'the file'
}
