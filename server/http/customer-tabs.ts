import type { Router } from '@koa/router'
import { z } from 'zod'
import type { AppId, ExternalUserId, StaffId } from '../domain/ids.ts'
import { mayChange, type Note, type Reminder } from '../domain/note.ts'
import { sourceText } from '../domain/event-words.ts'
import type { Order } from '../domain/orders.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeepNotes, NotesSeen } from '../usecases/keep-notes.ts'
import type { TagCustomer } from '../usecases/tag-customer.ts'
import type { ViewPortrait } from '../usecases/view-portrait.ts'
import type { CustomerTagsView, NoteListView, NoteView, OrderListView, OrderView, PortraitView, ReminderView, TagCatalogueView } from './contract.ts'
import { parse } from './parse.ts'
import type { Sessions } from './session.ts'

export interface CustomerTabsDeps {
  sessions: Sessions
  viewPortrait: ViewPortrait
  tagCustomer: TagCustomer
  keepNotes: KeepNotes
  officialAccount: AppId | null
  clock: Clock
}

const tagIds = z.array(z.string().min(1).max(200)).max(200).default([])
const tagChange = z.strictObject({ add: tagIds, remove: tagIds })
const ownId = z.string().regex(/^[0-9A-Za-z-]{16,64}$/)
const noteKind = z.enum(['call', 'visit', 'chat', 'other'])
const moment = z.int().positive().max(8.64e15)
/** Bytes are bounded here, characters as people see them by the use case. */
const words = z.string().max(5000)
const newNote = z.strictObject({ id: ownId.optional(), kind: noteKind, text: words, remindAt: moment.nullish() })
const noteChange = z.strictObject({ kind: noteKind, text: words })
const newReminder = z.strictObject({ id: ownId.optional(), at: moment, text: words.default('') })
const reminderEnd = z.strictObject({ state: z.enum(['done', 'cancelled']) })

/** What stands below the why-now card: 画像, 订单, 记录 and the next reminder (F2). */
export function customerTabRoutes(router: Router, deps: CustomerTabsDeps): void {
  const { sessions, viewPortrait, tagCustomer, keepNotes, clock } = deps
  const now = () => clock.now().getTime()
  const idOf = (params: Record<string, string | undefined>) => params.externalUserId as ExternalUserId

  router.get('/tags', async (ctx) => {
    sessions.require(ctx)
    const groups = await tagCustomer.catalogue()
    const body: TagCatalogueView = {
      groups: groups.map(({ id, name, tags }) => ({ id, name, tags: tags.map((tag) => ({ id: tag.id, name: tag.name })) })),
    }
    ctx.body = body
  })

  router.get('/customers/:externalUserId/portrait', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { tags, fields, readOnly } = await viewPortrait.portrait(staffId, idOf(ctx.params))
    const body: PortraitView = {
      now: now(),
      readOnly,
      tags: [...tags],
      fields: fields.map(({ at, ...field }) => ({ ...field, at: at?.getTime() ?? null })),
    }
    ctx.body = body
  })

  router.post('/customers/:externalUserId/tags', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const body: CustomerTagsView = { tags: [...(await tagCustomer.change(staffId, idOf(ctx.params), parse(tagChange, ctx.request.body)))] }
    ctx.body = body
  })

  router.get('/customers/:externalUserId/orders', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { orders, events } = await viewPortrait.orders(staffId, idOf(ctx.params))
    const reader = { staffId, officialAccount: deps.officialAccount }
    const sources = new Map(events.map((event) => [event.source, sourceText(event, reader)]))
    const body: OrderListView = { now: now(), orders: orders.map((order) => orderView(order, sources.get(order.source) ?? '')) }
    ctx.body = body
  })

  router.get('/customers/:externalUserId/notes', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    ctx.body = notesView(await keepNotes.list(staffId, idOf(ctx.params)), staffId, clock.now())
  })

  router.post('/customers/:externalUserId/notes', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { remindAt, ...wanted } = parse(newNote, ctx.request.body)
    const note = await keepNotes.add(staffId, idOf(ctx.params), { ...wanted, remindAt: remindAt ? new Date(remindAt) : null })
    ctx.body = noteView(note, staffId, clock.now(), null)
    ctx.status = 201
  })

  router.post('/notes/:noteId', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const note = await keepNotes.edit(staffId, String(ctx.params.noteId), parse(noteChange, ctx.request.body))
    ctx.body = noteView(note, staffId, clock.now(), null)
  })

  router.post('/notes/:noteId/delete', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    await keepNotes.remove(staffId, String(ctx.params.noteId))
    ctx.status = 204
  })

  router.post('/customers/:externalUserId/reminders', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { at, ...wanted } = parse(newReminder, ctx.request.body)
    const note = await keepNotes.remind(staffId, idOf(ctx.params), { ...wanted, at: new Date(at) })
    ctx.body = reminderView({ ...note, reminder: note.reminder as Reminder }, staffId, null)
    ctx.status = 201
  })

  router.post('/reminders/:noteId', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { state } = parse(reminderEnd, ctx.request.body)
    await keepNotes.settleReminder(staffId, String(ctx.params.noteId), state)
    ctx.status = 204
  })
}

function notesView(seen: NotesSeen, staffId: StaffId, now: Date): NoteListView {
  return {
    now: now.getTime(),
    readOnly: seen.readOnly,
    notes: seen.notes.map((note) => noteView(note, staffId, now, seen.names.get(note.staffId) ?? null)),
    reminders: seen.planned.map((note) => reminderView(note, staffId, seen.names.get(note.reminder.for) ?? null)),
  }
}

function noteView(note: Note, staffId: StaffId, now: Date, name: string | null): NoteView {
  const { id, kind, at, editedAt, reminder } = note
  return {
    id,
    kind: kind ?? 'other',
    text: note.text,
    at: at.getTime(),
    edited: editedAt !== null,
    by: note.staffId === staffId ? null : name,
    changeable: mayChange(note, staffId, now),
    remindAt: reminder?.state === 'planned' ? reminder.at.getTime() : null,
  }
}

/** A planned reminder; `forName` null: the reader's own. */
export function reminderView({ id, text, reminder }: Note & { reminder: Reminder }, staffId: StaffId, name: string | null): ReminderView {
  const mine = reminder.for === staffId
  return { id, at: reminder.at.getTime(), text, mine, forName: mine ? null : name }
}

function orderView({ no, state, at, paidAt, amount, refunded, items, refunds }: Order, source: string): OrderView {
  return {
    no,
    state,
    at: at.getTime(),
    paidAt: paidAt?.getTime() ?? null,
    amount,
    refunded,
    items: items.map(({ title = '', count = 1, price }) => ({ title, count, price: price ?? null })),
    refunds: refunds.map((refund) => ({ ...refund, at: refund.at.getTime() })),
    source,
  }
}
