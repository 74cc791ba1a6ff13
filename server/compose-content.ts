import { createHash } from 'node:crypto'
import type { Config } from '../config/load.ts'
import type { Stores } from './adapters/mongo/connect.ts'
import { createPosterPainter } from './adapters/poster/painter.ts'
import type { Tencent } from './adapters/tencent/open.ts'
import { createWebFetcher } from './adapters/webhooks/web-fetcher.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'
import { createDrawPoster } from './usecases/draw-poster.ts'
import { createFindContactCode } from './usecases/find-contact-code.ts'

export interface ComposeContentDeps {
  config: Pick<Config, 'publicUrl' | 'posterFont' | 'bases'>
  stores: Pick<Stores, 'pictures' | 'contactCodes' | 'staffDirectory'>
  tencent: Pick<Tencent, 'contactCodeMaker'>
  clock: Clock
  log: Log
}

/** What articles carry besides their text: contact codes and posters (A5). */
export function composeContent({ config, stores, tencent, clock, log }: ComposeContentDeps) {
  const { publicUrl, bases, posterFont } = config
  // Pictures of contact codes come from WeCom: where its address is a stand-in's, they lie there too.
  const weComHost = new URL(bases.weComApi).hostname
  const base = { ...stores, ...tencent, clock, log, publicUrl, webFetcher: createWebFetcher({ allowsPrivate: (host) => host === weComHost }) }
  const findContactCode = createFindContactCode(base)
  const posterPainter = createPosterPainter({ font: posterFont })
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
  return {
    findContactCode,
    posters: createDrawPoster({ ...base, posterPainter, findContactCode, hashOf }),
    /** Ends the painting thread. */
    closePosters: () => posterPainter.close(),
  }
}
