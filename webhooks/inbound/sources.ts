import type { InboundSource } from '../../config/inbound-file.ts'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { identityHasher, type IdentityHasher } from '../../server/edge/identity-hash.ts'
import { createMapper } from './map.ts'
import type { OpenSource } from './open-source.ts'
import { redactor } from './redact.ts'
import { sampleProblems } from './samples.ts'
import { unpack } from './unpack.ts'

export type InboundSources = ReadonlyMap<string, OpenSource>

/**
 * Makes the sources of the configuration ready. The samples of those that are switched on are read first.
 * @throws ConfigInvalid naming each sample that does not come out as expected
 */
export function openSources(sources: readonly InboundSource[], identitySecret: string): InboundSources {
  const hasher = identityHasher(identitySecret)
  const opened = sources.map((source) => ({ source, open: openSource(source, hasher) }))
  const problems = opened.flatMap(({ source, open }) => (source.enabled ? sampleProblems(source, open, hasher) : []))
  if (problems.length > 0) throw new ConfigInvalid(problems)
  return new Map(opened.map(({ open }) => [open.name, open]))
}

function openSource({ name, enabled, keys, mapping }: InboundSource, hasher: IdentityHasher): OpenSource {
  const redact = redactor(mapping, hasher)
  return { name, enabled, keys, prepare: (content) => redact(unpack(content, mapping.unpack)), map: createMapper(mapping) }
}
