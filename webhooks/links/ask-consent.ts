import { randomBytes } from 'node:crypto'
import type { RouterContext } from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import type { Standing } from '../../server/domain/notice.ts'
import { signerFor } from '../../server/edge/signed.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { Consent } from '../consent.ts'
import { readBody } from '../raw-body.ts'
import { cookieJar } from './cookie-jar.ts'
import { keyOf, type Visitor } from './visitor.ts'

/** A question on the page: where its answer goes, and what proves that our page asked it. */
export interface Asking {
  path: string
  question: string
  /** Share token of the address, to come back to it. */
  token: string | null
  /** open: not answered yet. declined: said no, and may change their mind. */
  state: 'open' | 'declined'
}

const answerCookie = 'wl_consent'
const questionCookie = 'wl_ask'
const rememberMs = 365 * 24 * 3600_000
const questionMs = 24 * 3600_000
const limits = { limitBytes: 4 * 1024, timeoutMs: 5_000 }

const answer = z.object({ version: z.string(), agrees: z.boolean() })
const question = z.object({ nonce: z.string() })

export type AskConsent = ReturnType<typeof askConsent>

/**
 * Consent on the reader page. Before it nobody is asked who they are: the answer lies in a cookie until OAuth has named
 * the one who gave it. An answer counts only with the question of our own page, which another site can neither read nor
 * send along (SameSite=Lax, signed, the same in cookie and form).
 */
export function askConsent(deps: { config: Pick<Config, 'publicUrl' | 'sessionSecret'>; consent: Consent; clock: Clock }) {
  const { config, consent, clock } = deps
  const jar = cookieJar(config.publicUrl)
  const answers = signerFor(config.sessionSecret, 'links-consent', answer)
  const questions = signerFor(config.sessionSecret, 'links-question', question)
  const later = (ms: number) => new Date(clock.now().getTime() + ms)

  /** What this browser said about the words in use; null: nothing. */
  function answered(ctx: Context): boolean | null {
    const found = answers.open(jar.read(ctx, answerCookie), clock.now())
    return found?.version === consent.textOf('links').version ? found.agrees : null
  }

  return {
    /** Whether OAuth may ask who this is. */
    mayAskWho: (ctx: Context): boolean => !consent.asks('links') || answered(ctx) === true,

    /** How it stands with a known reader; a yes that lay in the cookie becomes theirs. */
    async standing(ctx: Context, visitor: Visitor): Promise<Standing> {
      const key = keyOf(visitor)
      if (!consent.asks('links')) return consent.show('links', key, 'page')
      const standing = await consent.standing('links', key)
      if (standing === 'may' || answered(ctx) !== true) return standing
      await consent.note('links', key, 'agreed', 'page')
      jar.clear(ctx, answerCookie, '/l')
      return 'may'
    },

    /** A question for the page; null: nothing to ask. */
    question(ctx: Context, slug: string, token: string | null, standing: Standing | null): Asking | null {
      if (!consent.asks('links') || standing === 'may') return null
      const sealed = questions.seal({ nonce: randomBytes(9).toString('base64url') }, later(questionMs))
      jar.write(ctx, questionCookie, sealed, { path: '/l', maxAgeMs: questionMs })
      const declined = standing === null ? answered(ctx) === false : standing === 'no'
      return { path: `/l/${slug}/consent`, question: sealed, token, state: declined ? 'declined' : 'open' }
    },

    /** Takes the answer of the page's form; the share token to come back with. */
    async take(ctx: RouterContext, visitor: Visitor | null): Promise<string | null> {
      const form = new URLSearchParams(Buffer.from(await readBody(ctx.req, limits)).toString())
      const given = form.get('question') ?? ''
      const isOurs = given === jar.read(ctx, questionCookie) && questions.open(given, clock.now()) !== null
      const said = form.get('answer')
      if (isOurs && (said === 'agree' || said === 'decline')) await keep(ctx, visitor, said === 'agree')
      return form.get('s')
    },
  }

  async function keep(ctx: Context, visitor: Visitor | null, agrees: boolean): Promise<void> {
    const { version } = consent.textOf('links')
    if (visitor) return consent.note('links', keyOf(visitor), agrees ? 'agreed' : 'declined', 'page')
    jar.write(ctx, answerCookie, answers.seal({ version, agrees }, later(rememberMs)), { path: '/l', maxAgeMs: rememberMs })
  }
}
