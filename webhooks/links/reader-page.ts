import { escapeHtml, type Article } from './markdown.ts'
import { readerScript, type ReaderScriptData } from './reader-script.ts'
import { readerStyle } from './reader-style.ts'

/** Everything the reader shows. Addresses are checked before they come here; text is escaped here. */
export interface ReaderView {
  title: string
  article: Article
  /** http or https address of the picture, or null. */
  cover: string | null
  /** 2026年3月2日. */
  date: string
  /** Absolute address to be shared, with the reader's own token. */
  url: string
  /** Path of 用微信身份阅读; null when there is nothing to ask. */
  identify: string | null
  /** Whether this reading is noted under the reader's identity. */
  counted: boolean
  script: ReaderScriptData
  /** Of this answer's Content-Security-Policy. */
  nonce: string
}

const countedNotice =
  '关于记录：本页由品牌自己提供，会记下您打开这篇文章的时间、阅读时长，以及朋友是否通过您的分享打开；只给为您服务的导购参考，不向别人公开。是否分享、是否表明身份，都不影响阅读。'
const anonymousNotice = '您正在匿名阅读，本页没有记录您的身份和阅读情况。'

/** The reader page: whole without script, below 30 KB with an ordinary article. */
export function readerPage(view: ReaderView): string {
  const { title, article, cover, date, url, nonce } = view
  return `<!doctype html>
<html lang="zh-CN">
<head>
${head(title, nonce)}
<meta name="description" content="${escapeHtml(article.description)}">
<meta property="og:type" content="article">
<meta property="og:title" content="${escapeHtml(title)}">
<meta property="og:description" content="${escapeHtml(article.description)}">
${cover ? `<meta property="og:image" content="${escapeHtml(cover)}">\n` : ''}<meta property="og:url" content="${escapeHtml(url)}">
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="meta">${escapeHtml(date)} · 约 ${article.minutes} 分钟</p>
${cover ? `<img class="cover" src="${escapeHtml(cover)}" alt="" decoding="async">\n` : ''}<article>
${article.html}</article>
<footer>
${identifyButton(view.identify)}<p>${view.counted ? countedNotice : anonymousNotice}</p>
</footer>
</main>
<script type="application/json" id="reading">${jsonForHtml(view.script)}</script>
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
