/** What a customer can do in a mall, as the server takes it. */
export type BeaconKind =
  | 'view-item'
  | 'favourite-item'
  | 'add-to-cart'
  | 'remove-from-cart'
  | 'checkout'
  | 'order'
  | 'search'
  | 'claim-coupon'
  | 'view-page'
  | 'share'

export interface BeaconItem {
  /** The mall's own id of the product: the same that stands in the shop as product_id, out_product_id or sku_code. */
  id: string
  title?: string
  category?: string
  /** Fen. */
  price?: number
}

export interface BeaconDetails {
  item?: BeaconItem
  /** What was searched for, or the coupon's name. */
  text?: string
}

/** How it stands with the customer's consent; `version` is that of the notice in use. */
export interface ConsentState {
  version: string
  /** not-needed: noted after notice. needed: ask, and call `consent(true)` or `consent(false)`. refused: they said no. */
  consent: 'not-needed' | 'needed' | 'given' | 'refused'
}

export interface BeaconOptions {
  /** Origin of the server, such as `https://crm.example.com`. */
  server: string
  /** appid of the mini-program, or of the Official Account for an H5 mall. */
  appId: string
  /**
   * A fresh login code, null when there is none now. Default in a mini-program: wx.login. An H5 mall gives
   * `weChatCode()` or its own OAuth code.
   */
  login?: () => Promise<string | null>
  /** Report each page that is opened. Default true. */
  pageViews?: boolean
  /** Told when the server says how it stands with consent, and whenever that changes. */
  onConsent?: (state: ConsentState) => void
  /** Told what the server refused, by event id; for the developer. */
  onProblem?: (problem: string) => void
}

/** The beacon of one page or mini-program. Nothing of it throws, and nothing waits for it. */
export interface Beacon {
  track(kind: BeaconKind, details?: BeaconDetails): void
  /** true: the customer agrees. false: they do not; reporting stops and what waits is thrown away, on this device for good. */
  consent(agreed: boolean): void
  /** Sends what waits now. Resolves when it was tried. */
  flush(): Promise<void>
  /** A mini-program page's options, with the report of its view added. */
  page<Options extends object>(options: Options): Options
}

/** One event as it waits and travels. */
export interface QueuedEvent extends BeaconDetails {
  id: string
  /** Unix ms on the customer's device. */
  at: number
  kind: BeaconKind
}

/** What the beacon needs from where it runs. */
export interface Platform {
  login: () => Promise<string | null>
  /** Survives the page; may fail silently. */
  read(key: string): unknown
  write(key: string, value: unknown): void
  /** @throws when there was no answer */
  post(url: string, body: unknown, token: string | null): Promise<Answer>
  /** Calls back for each page that opens, with its path and title. */
  onPage(opened: (path: string, title: string) => void): void
  /** Calls back when the page goes out of sight or the network is back: a good moment to send. */
  onMoment(send: () => void): void
  later(work: () => void, ms: number): void
}

export interface Answer {
  status: number
  /** Parsed JSON; undefined when it is none. */
  body: unknown
  /** Seconds; null: not said. */
  retryAfter: number | null
}
