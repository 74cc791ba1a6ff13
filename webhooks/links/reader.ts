import type { RouterContext } from '@koa/router'
import type { Config } from '../../config/load.ts'
import { StoreUnavailable, TencentRefused, TencentUnreachable } from '../../server/domain/errors.ts'
import type { Log } from '../../server/ports/log.ts'
import type { AccountPageSignatures } from '../../server/ports/staff.ts'
import type { AccountOAuth } from '../../server/ports/identities.ts'
import type { Consent } from '../consent.ts'
import { within } from '../within.ts'
import { answerNoSuchPage, answerPage } from './answers.ts'
import type { ContactEnd } from './contact-end.ts'
import type { Copy } from './arrivals.ts'
import type { Asking } from './ask-consent.ts'
import { renderArticle } from './markdown.ts'
import { readerPage } from './reader-page.ts'
import type { ReaderScriptData } from './reader-script.ts'

export interface ReaderDeps {
  config: Pick<Config, 'publicUrl' | 'allowedOrigins' | 'hours'>
  signatures: AccountPageSignatures | null
  consent: Pick<Consent, 'textOf'>
  /** The salesperson's own code for the end of their copy; null: there is none. */
  findContactCode: (copy: Copy, place: 'article') => Promise<ContactEnd | null>
  accountOAuth: AccountOAuth | null
  /** Address of WeChat's JS-SDK; null: the page sets no share card and its own address carries the token. */
  jsSdkUrl: string | null
  log: Log
}

/** For whom the page is shown. `null`: for nobody we know. */
export interface Reading {
  visit: string
  /** Whether 用微信身份阅读 would tell us anything. */
  mayIdentify: boolean
}

export type Reader = ReturnType<typeof createReader>

/** Signing may need a fresh ticket from Tencent; the page does not wait longer than this. */
const signatureMs = 1_000
const silent = () => new TencentUnreachable('ticket/getticket')

/** A code that is not made yet is asked of WeCom: whoever comes first may not see it, the next one does. */
const codeMs = 1_500

/** Shows a content: our own page, or on to its address. */
export function createReader(deps: ReaderDeps) {
  const { config, signatures, consent, jsSdkUrl, log } = deps
  const dates = new Intl.DateTimeFormat('zh-CN', { dateStyle: 'long', timeZone: config.hours.timeZone })

  /** Path of a copy with a share token, as a browser needs it. */
  function pathOf(slug: string, token: string | null): string {
    return `/l/${slug}${token ? `?s=${token}` : ''}`
  }

  /** The signature for the address the browser has now; null when there is no telling it in time. */
  async function signed(ctx: RouterContext) {
    if (!signatures) return null
    try {
      return await within(signatureMs, signatures.sign(config.publicUrl + ctx.originalUrl), silent)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ channel: 'links', api: error.api, code: error.code }, 'page shown without a share card')
      return null
    }
  }

  /** Whatever is wrong with the code, the article is shown. */
  async function contactOf(copy: Copy): Promise<ContactEnd | null> {
    try {
      return await within(codeMs, deps.findContactCode(copy, 'article'), () => new StoreUnavailable())
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      return null
    }
  }

  async function shareCard(ctx: RouterContext, { content }: Copy, description: string, link: string): Promise<ReaderScriptData['share']> {
    const signature = jsSdkUrl ? await signed(ctx) : null
    if (!jsSdkUrl || !signature) return null
    const desc = description.slice(0, 60)
    const imgUrl = httpUrl(content.cover, config.publicUrl) ?? ''
    return { sdk: jsSdkUrl, config: signature, card: { title: content.title, desc, link, imgUrl } }
  }

  async function showArticle(ctx: RouterContext, copy: Copy, token: string | null, reading: Reading | null, asking: Asking | null): Promise<void> {
    const { content, link } = copy
    const cover = httpUrl(content.cover, config.publicUrl)
    const article = renderArticle(content.markdown ?? '', content.title)
    const description = content.description ?? article.description
    const path = pathOf(link.slug, token)
    const url = config.publicUrl + path
    const share = reading ? await shareCard(ctx, copy, description, url) : null
    const read = reading ? { to: `${pathOf(link.slug, null)}/read`, visit: reading.visit } : null
    const view = {
      title: content.title,
      article,
      description,
      cover,
      contact: await contactOf(copy),
      date: dates.format(content.addedAt),
      url,
      identify: reading?.mayIdentify ? `${pathOf(link.slug, null)}/identify${token ? `?s=${token}` : ''}` : null,
      notice: reading ? consent.textOf('links').notice.zh : null,
      question: asking && { ...asking, words: consent.textOf('links').consent ?? consent.textOf('links').notice },
      script: { path, read, share },
    }
    const formTargets = asking ? ["'self'", ...signInOrigin()] : []
    answerPage(ctx, config.allowedOrigins, 200, (nonce) => readerPage({ ...view, nonce }), formTargets)
  }

  /** Where the way on from 同意 leads. */
  function signInOrigin(): string[] {
    return deps.accountOAuth ? [new URL(deps.accountOAuth.authorizeUrl(config.publicUrl, 'snsapi_base', 'x')).origin] : []
  }

  return {
    pathOf,

    /** A share token travels on only on our own page; a foreign address gets nothing of us. */
    async show(ctx: RouterContext, copy: Copy, token: string | null, reading: Reading | null, asking: Asking | null): Promise<void> {
      if (copy.content.markdown !== null) return showArticle(ctx, copy, token, reading, asking)
      const target = httpUrl(copy.content.url)
      if (!target) return answerNoSuchPage(ctx, config.allowedOrigins)
      ctx.redirect(target)
    },
  }
}

/** The address in full if it is http or https, else null. */
function httpUrl(text: string | null, base?: string): string | null {
  if (!text || !URL.canParse(text, base)) return null
  const url = new URL(text, base)
  return /^https?:$/.test(url.protocol) ? url.href : null
}
