/** What can go wrong between the product and Tencent. Names of APIs are paths without `/cgi-bin/`: `message/send`. */
export interface Weather {
  /** The next `times` answers of `api` (any, if left out) are this errcode. */
  refuseNext(errcode: number, options?: { api?: string; times?: number }): void
  /** The next `times` answers are this HTTP status with an HTML body. */
  failNext(status: number, options?: { api?: string; times?: number }): void
  /** Requests are accepted and never answered, until `comeBack`. */
  goSilent(options?: { api?: string }): void
  /** Connections are cut at once, until `comeBack`. */
  goDown(options?: { api?: string }): void
  comeBack(): void
  /** Every answer takes this long, machine time. */
  delay(ms: number): void
  /** Does the work of the next call, then cuts the connection: the caller never learns that it was done. */
  dropAnswerOf(api: string, options?: { times?: number }): void
}

export type Gust =
  { kind: 'refuse'; errcode: number } | { kind: 'status'; status: number } | { kind: 'silent' } | { kind: 'down' }

export interface WeatherStation {
  weather: Weather
  /** What meets a call of `api` now; null: fair. Uses up one of a limited number. */
  over(api: string): Gust | null
  /** Whether the answer of this call is to be cut off. */
  dropsAnswer(api: string): boolean
  delayMs(): number
  /** Resolves at `comeBack`. */
  calm(): Promise<void>
}

const meets = (api: string) => (one: { api: string | null }) => one.api === null || one.api === api

/** One sky per stand-in. */
export function weatherStation(): WeatherStation {
  const limited: { api: string | null; left: number; gust: Gust }[] = []
  const lasting: { api: string | null; gust: Gust }[] = []
  const drops: { api: string; left: number }[] = []
  const waiting: (() => void)[] = []
  let delayMs = 0

  const limit = (gust: Gust, options: { api?: string; times?: number } = {}) =>
    void limited.push({ api: options.api ?? null, left: options.times ?? 1, gust })

  const weather: Weather = {
    refuseNext: (errcode, options) => limit({ kind: 'refuse', errcode }, options),
    failNext: (status, options) => limit({ kind: 'status', status }, options),
    goSilent: (options = {}) => void lasting.push({ api: options.api ?? null, gust: { kind: 'silent' } }),
    goDown: (options = {}) => void lasting.push({ api: options.api ?? null, gust: { kind: 'down' } }),
    comeBack() {
      lasting.length = 0
      limited.length = 0
      for (const go of waiting.splice(0)) go()
    },
    delay(ms) {
      delayMs = ms
    },
    dropAnswerOf: (api, options = {}) => void drops.push({ api, left: options.times ?? 1 }),
  }

  return {
    weather,
    over(api) {
      const stays = lasting.find(meets(api))
      if (stays) return stays.gust
      const next = limited.find((one) => one.left > 0 && meets(api)(one))
      if (!next) return null
      next.left -= 1
      return next.gust
    },
    dropsAnswer(api) {
      const next = drops.find((one) => one.left > 0 && one.api === api)
      if (next) next.left -= 1
      return next !== undefined
    },
    delayMs: () => delayMs,
    calm: () => new Promise((resolve) => void waiting.push(resolve)),
  }
}
