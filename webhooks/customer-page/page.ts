import { clockText, type WallClock } from '../../server/domain/local-time.ts'
import { noticeSources, type NoticeBook } from '../../server/domain/notice.ts'
import type { OwnRecord } from '../../server/domain/own-record.ts'
import type { RetentionDays } from '../../server/domain/retention.ts'
import { timelineWords, type TimelineEntry } from '../../server/domain/timeline-words.ts'
import { escapeHtml } from '../links/markdown.ts'
import { head } from '../links/reader-page.ts'
import type { AppId } from '../../server/domain/ids.ts'
import { customerPageStyle } from './style.ts'
import { dayText, periodLines, sourceLine, type SourceLine } from './words.ts'

/** What every page of the customer's needs. */
export interface PageFrame {
  book: NoticeBook
  days: RetentionDays
  wall: WallClock
  officialAccount: AppId
  /** Proves that a form was ours and for this customer. */
  proof: string
  nonce: string
}

/** What was just done, said at the top. */
export const doneWords = {
  paused: '已经暂停。从现在起，您做的事不再记下；导购手上由记录得出的提醒也收回了，她自己和您约好的不变。',
  resumed: '已经恢复。从现在起，您做的事会再记下来；暂停时收回的提醒不会回来。',
  erasing: '已经收到，正在删除。通常几分钟内完成。',
  agreed: '好的，已按您的意思记录。',
  withdrawn: '好的，这里不再记录。已经记下的，可以在下面删除。',
} as const
export type Done = keyof typeof doneWords

/** What we noted, in plain words, with pause and erase (C4). */
export function recordPage(record: OwnRecord, frame: PageFrame, done: Done | null): string {
  const { brand } = frame.book
  return page('我的记录', frame, `<h1>我的记录</h1>
<p class="lead">${escapeHtml(spaced(brand))}为了给您服务记下的内容，都在这里，给为您服务的导购和她的主管看；不向店外的人公开，也不影响价格。</p>
${done ? `<p class="said" role="status">${doneWords[done]}</p>\n` : ''}${stateCard(record, frame)}
${followersCard(record, frame)}${sourcesCard(record, frame)}${eventsCard(record, frame)}${periodsCard(frame)}${eraseCard(record)}
<p class="fine">有疑问，可以直接问您的导购。暂停或删除都不影响您看文章、逛商城和买东西。</p>`)
}

/** Asked once more before everything goes. */
export function erasePage(record: OwnRecord, frame: PageFrame): string {
  const { days } = frame
  const years = Math.round(days.purchases / 365)
  return page('删除我的资料', frame, `<h1>删除我的资料</h1>
<p class="lead">删除以后找不回来，请看清楚再确认。</p>
<section class="card"><h2>会删除</h2>
<p>您的动态、身份关联、给导购的提醒和跟进记录，以及由这些得出的一切。以后的同步和导入也不会把它们带回来。</p></section>
<section class="card"><h2>会留下</h2>
<p>订单和付款记录：法律要求至少保存 ${years} 年，会锁起来，谁的页面上都看不到，到期删除。</p>
<p>另外留一个带密钥的摘要，只用来认出“这位客人要求过删除”，从中看不出您是谁。</p></section>
<section class="card"><h2>以后</h2>
<p>不再记录您做的事。${record.followers.length > 0 ? '导购仍是您的企业微信好友，照样可以聊天。' : ''}重新关注公众号或重新添加导购，才会从头开始记。</p>
${form('/me/erase', frame, '<button class="sure">确认删除</button>')}
<a class="button" href="/me">不删了，返回</a></section>`)
}

/** A form that was sent too late, or not from our page: nothing was done, and they must know. */
export function tooLatePage(nonce: string): string {
  return page('请再点一次', { nonce }, `<h1>没有处理，请再点一次</h1>
<p class="lead">页面停留太久，为了确认是您本人，请重新打开，再点一次。刚才什么都没有改变。</p>
<section class="card"><a class="button" href="/me">打开我的记录</a></section>`)
}

function page(title: string, { nonce }: Pick<PageFrame, 'nonce'>, body: string): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
${head(title, nonce)}
<style nonce="${nonce}">${customerPageStyle}</style>
</head>
<body>
<main class="me">
${body}
</main>
</body>
</html>
`
}

function form(action: string, { proof }: PageFrame, inside: string, more: Readonly<Record<string, string>> = {}): string {
  const fields = Object.entries({ proof, ...more }).map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
  return `<form method="post" action="${action}">${fields.join('')}${inside}</form>`
}

function stateCard({ recording, erasing }: OwnRecord, frame: PageFrame): string {
  if (erasing) return card(`<div class="state gone">正在删除</div><p>您已经要求删除，通常几分钟内完成，可以稍后再打开看看。</p>`)
  if (recording === 'erased') {
    return card('<div class="state gone">已删除</div><p>您要求过删除，我们没有再记下您的任何事。重新关注公众号或重新添加导购，才会从头开始记。</p>')
  }
  if (recording === 'paused') {
    return card(`<div class="state off">已暂停</div><p>您做的事现在不记录。之前记下的还在下面，可以删除。</p>
<p>导购手上由记录得出的提醒已经收回，恢复记录以后也不会回来；她自己和您约好的不变，有事请直接告诉她。</p>
${form('/me/resume', frame, '<button>恢复记录</button>')}`)
  }
  return card(`<div class="state">正在记录</div><p>暂停以后，您做的事不再记下，照样为您服务；之前记下的保留到您删除。</p>
<p>导购手上由记录得出、还没处理的提醒会一起收回，以后恢复记录也不会回来；她自己和您约好的不变。</p>
${form('/me/pause', frame, '<button>暂停记录</button>')}`)
}

function followersCard({ followers, recording }: OwnRecord, { wall }: PageFrame): string {
  if (recording === 'erased' && followers.length === 0) return ''
  const rows = followers.map(({ name, since }) => `<li><b>${escapeHtml(name ?? '导购')}</b><small>从 ${dayText(since, wall)} 起</small></li>`)
  return section('谁在为您服务', rows.length > 0 ? `<ul class="rows">${rows.join('')}</ul>` : '<p>现在没有导购在企业微信里为您服务。</p>')
}

function sourcesCard(record: OwnRecord, frame: PageFrame): string {
  const moment = (at: Date) => `${dayText(at, frame.wall)} ${clockText(at, frame.wall)}`
  // Who has not agreed is known from nowhere yet, and must be able to.
  const asking = record.recording === 'on' ? frame.book.consentFirst : []
  const lines = noticeSources.filter((source) => record.sources.includes(source) || asking.some((each) => each === source)).map((source) => sourceLine(source, record.notices, frame.book, moment))
  if (lines.length === 0) return ''
  const mayChoose = record.recording === 'on' && !record.erasing
  return section('从哪里知道，告诉过您什么', `<ul class="rows">${lines.map((line) => sourceRow(line, mayChoose, frame)).join('')}</ul>`)
}

function sourceRow({ source, name, told, notice, choice }: SourceLine, mayChoose: boolean, frame: PageFrame): string {
  const button = choice && mayChoose ? form('/me/consent', frame, `<button class="quiet">${choice.text}</button>`, { source, answer: choice.answer }) : ''
  return `<li class="choice"><div><b>${name}</b><small>${escapeHtml(told)}</small></div>${button}<details><summary>看告知</summary><p>${linked(notice)}</p></details></li>`
}

/** A notice as it was worded, its addresses to be tapped. */
function linked(notice: string): string {
  return escapeHtml(notice).replaceAll(/https?:\/\/[\w\-.~:/?#@!$&*+;=%]+/gu, (url) => `<a href="${url}">${url}</a>`)
}

function eventsCard(record: OwnRecord, { wall, officialAccount }: PageFrame): string {
  const entries = timelineWords(record.events, { staffId: null, officialAccount, others: '导购' }, wall)
  if (entries.length === 0) return section('记下的内容', '<p>我们没有记下您做过的事。</p>')
  const days = byDay(entries, wall)
  const list = [...days].map(([day, of]) => `<p class="day">${day}</p><ul class="events">${of.map((entry) => eventRow(entry, wall)).join('')}</ul>`)
  const older = record.older ? `<a class="button" href="/me?before=${record.older.getTime()}">更早的</a>` : ''
  return section('记下的内容', list.join('') + older)
}

function byDay(entries: readonly TimelineEntry[], wall: WallClock): Map<string, TimelineEntry[]> {
  const days = new Map<string, TimelineEntry[]>()
  for (const entry of entries) days.set(dayText(entry.at, wall), [...(days.get(dayText(entry.at, wall)) ?? []), entry])
  return days
}

function eventRow({ at, text, note }: TimelineEntry, wall: WallClock): string {
  const small = note ? `<small>${escapeHtml(note)}</small>` : ''
  return `<li><time>${clockText(at, wall)}</time><span>${escapeHtml(text)}${small}</span></li>`
}

function periodsCard({ days }: PageFrame): string {
  const lines = periodLines(days).map(({ what, long }) => `<dt>${what}</dt><dd>${long}</dd>`)
  return section('保存多久', `<dl class="periods">${lines.join('')}</dl>`)
}

function eraseCard({ recording, erasing }: OwnRecord): string {
  if (erasing || recording === 'erased') return ''
  return section('不想留下记录', '<p>可以把我们记下的都删掉；订单和付款记录按法律要求另行锁存。</p><a class="button danger" href="/me/erase">删除我的资料</a>')
}

/** A Latin name stands apart from the Chinese after it. */
function spaced(brand: string): string {
  return /[\w)]$/.test(brand) ? `${brand} ` : brand
}

function section(title: string, inside: string): string {
  return `<section class="card"><h2>${title}</h2>${inside}</section>\n`
}

function card(inside: string): string {
  return `<section class="card">${inside}</section>`
}
