import type { Bilingual } from '../../server/domain/notice.ts'
import type { Asking } from './ask-consent.ts'
import { contactEnd, type ContactEnd } from './contact-end.ts'
import { escapeHtml, type Article } from './markdown.ts'
import { readerScript, type ReaderScriptData } from './reader-script.ts'
import { readerStyle } from './reader-style.ts'

/** Everything the reader shows. Addresses are checked before they come here; text is escaped here. */
export interface ReaderView {
  title: string
  article: Article
  /** For previews, at most 120 characters. */
  description: string
  /** Who stands at its end; null: nobody. */
  contact: ContactEnd | null
  /** http or https address of the picture, or null. */
  cover: string | null
  /** 2026年3月2日. */
  date: string
  /** Absolute address to be shared, with the reader's own token. */
  url: string
  /** Path of 用微信身份阅读; null when there is nothing to ask. */
  identify: string | null
  /** What is said about this reading being noted under the reader's identity; null: it is not. */
  notice: string | null
  /** What is asked where consent comes first; null: nothing. */
  question: (Asking & { words: Bilingual }) | null
  script: ReaderScriptData
  /** Of this answer's Content-Security-Policy. */
  nonce: string
}

const anonymousNotice = '您正在匿名阅读，本页没有记录您的身份和阅读情况。'

/** The reader page: whole without script, below 30 KB with an ordinary article. */
export function readerPage(view: ReaderView): string {
  const { title, article, description, cover, date, url, nonce } = view
  return `<!doctype html>
<html lang="zh-CN">
<head>
${head(title, nonce)}
<meta name="description" content="${escapeHtml(description)}">
<meta property="og:type" content="article">
<meta property="og:title" content="${escapeHtml(title)}">
<meta property="og:description" content="${escapeHtml(description)}">
${cover ? `<meta property="og:image" content="${escapeHtml(cover)}">\n` : ''}<meta property="og:url" content="${escapeHtml(url)}">
</head>
<body${view.question?.state === 'open' ? ' class="asked"' : ''}>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="meta">${escapeHtml(date)} · 约 ${article.minutes} 分钟</p>
${cover ? `<img class="cover" src="${escapeHtml(cover)}" alt="" decoding="async">\n` : ''}<article>
${article.html}</article>
${contactEnd(view.contact)}<footer>
${identifyButton(view.identify)}<p>${view.notice ? `关于记录：${escapeHtml(view.notice)}` : anonymousNotice}</p>
${changeOfMind(view.question)}<p class="privacy"><a href="/me">查看、暂停或删除我的记录</a></p>
</footer>
</main>
${sheet(view.question)}<script type="application/json" id="reading">${jsonForHtml(view.script)}</script>
<script nonce="${nonce}">${readerScript}</script>
</body>
</html>
`
}

/** A page that says one thing: what happened, and what to do. `again`: seconds after which it tries once more. */
export function plainPage(page: { title: string; text: string; nonce: string; again?: { seconds: number; path: string } }): string {
  const { title, text, nonce, again } = page
  const refresh = again ? `\n<meta http-equiv="refresh" content="${again.seconds};url=${escapeHtml(again.path)}">` : ''
  return `<!doctype html>
<html lang="zh-CN">
<head>
${head(title, nonce)}${refresh}
</head>
<body>
<main class="plain">
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</main>
</body>
</html>
`
}

/** The head of every page that a customer sees. */
export function head(title: string, nonce: string): string {
  return `<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${readerStyle}</style>`
}

/** Asks without standing in the way: the article stays readable, and both answers are equally near. */
function sheet(question: ReaderView['question']): string {
  if (question?.state !== 'open') return ''
  return `<section class="ask" aria-label="是否同意记录">
<p>${escapeHtml(question.words.zh)}</p>
<details><summary>English</summary><p lang="en">${escapeHtml(question.words.en)}</p></details>
${form(question, `<button name="answer" value="decline">不同意</button><button name="answer" value="agree">同意</button>`)}
</section>
`
}

function changeOfMind(question: ReaderView['question']): string {
  if (question?.state !== 'declined') return ''
  return `${form(question, `<p>您没有同意记录，我们什么也没有记。</p><button class="known" name="answer" value="agree">改为同意记录</button>`)}
`
}

function form({ path, question, token }: Asking, inside: string): string {
  const hidden = [['question', question], ...(token ? [['s', token]] : [])]
  const fields = hidden.map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value ?? '')}">`).join('')
  return `<form method="post" action="${escapeHtml(path)}">${fields}${inside}</form>`
}

function identifyButton(path: string | null): string {
  if (!path) return ''
  return `<a class="known" href="${escapeHtml(path)}">用微信身份阅读</a>
<p class="why">点一下，您的专属导购就能认出您；不点也能看完全文。</p>
`
}

/** JSON that cannot end the element it stands in. */
export function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}
