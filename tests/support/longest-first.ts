import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take longest, for one of them begun last would be waited for alone. Those that mostly wait for real
 * processes stand between those that keep a processor busy, so that the two go on beside each other.
 */
const longest = [
  'black-box/crash',
  'browser/sidebar-looks',
  'black-box/start',
  'stories/replay',
  'black-box/life',
  'stories/doctor',
  'embedded-mongo/life',
  'stories/ringing',
  'black-box/several',
  'stories/crashes',
  'black-box/sync',
  'stories/delivery',
  'chaos/chaos',
  'demo/demo-page',
  'contracts/unavailable',
  'browser/h5-mall',
  'black-box/erasure',
  'stories/erasure-edges',
  'demo/demo',
  'browser/sidebar-inbox',
  'stories/after-outage',
  'stories/any-order',
]

/** The longest files first, whether or not an earlier run left its times; the others as they would be. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ordered = await super.sort(files)
    return ordered.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return rank < 0 ? longest.length : rank
}
