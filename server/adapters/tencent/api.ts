import type { ZodType } from 'zod'
import { TencentRefused, TencentUnreachable } from '../../domain/errors.ts'
import { refusalKind } from '../../domain/refusal.ts'
import type { Log } from '../../ports/log.ts'
import { meaningOf } from './errcodes.ts'
import type { TencentCall, TencentHttp } from './http.ts'
import type { TokenKeeper } from './token-keeper.ts'

/** Calls under one access token; answers leave typed. @throws TencentRefused, TencentUnreachable */
export interface TencentApi {
  get<Answer>(api: string, query: Readonly<Record<string, string>>, shape: ZodType<Answer>): Promise<Answer>
  /** A string body is sent byte for byte. */
  post<Answer>(api: string, body: object | string, shape: ZodType<Answer>): Promise<Answer>
}

export interface TencentApiDeps {
  http: TencentHttp
  base: string
  keeper: TokenKeeper
  /** errcodes that mean "this token is no more". */
  staleToken: ReadonlySet<number>
  log: Log
}

/** A token that proves stale is discarded, fetched anew, and the call is made once more, silently. */
export function tencentApi(deps: TencentApiDeps): TencentApi {
  async function call<Answer>(request: Omit<TencentCall, 'base'>, shape: ZodType<Answer>): Promise<Answer> {
    const token = await deps.keeper.token()
    try {
      return answerOf(request.api, await withToken(request, token), shape)
    } catch (error) {
      if (!(error instanceof TencentRefused)) throw error
      if (!deps.staleToken.has(error.errcode)) throw noted(error)
      await deps.keeper.discard(token)
      return answerOf(request.api, await withToken(request, await deps.keeper.token()), shape)
    }
  }

  function withToken(request: Omit<TencentCall, 'base'>, token: string): Promise<unknown> {
    return deps.http({ ...request, base: deps.base, query: { access_token: token, ...request.query } })
  }

  function noted(error: TencentRefused): TencentRefused {
    const { api, errcode } = error
    if (refusalKind(errcode) === 'configuration') {
      deps.log.error({ api, errcode, meaning: meaningOf(errcode) }, 'Tencent refuses: an operator has to act')
    }
    return error
  }

  return {
    get: (api, query, shape) => call({ api, query }, shape),
    post: (api, body, shape) => call({ api, query: {}, body }, shape),
  }
}

/** An answer of another shape than promised is no answer. The parser's error is not kept: it may quote the answer. */
export function answerOf<Answer>(api: string, answer: unknown, shape: ZodType<Answer>): Answer {
  const parsed = shape.safeParse(answer)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'whole')
  throw new TencentUnreachable(api, { cause: new Error(`answer without the promised shape: ${fields.join(', ')}`) })
}
