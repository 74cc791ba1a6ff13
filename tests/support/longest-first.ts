import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest, most of it waiting for real processes; one of them begun last would be waited for alone. */
const longest = [
  'black-box/crash',
  'black-box/start',
  'black-box/life',
  'stories/replay',
  'embedded-mongo/life',
  'stories/doctor',
  'browser/sidebar-looks',
  'browser/sidebar-inbox',
  'browser/h5-mall',
  'stories/ringing',
  'black-box/several',
  'stories/crashes',
  'stories/delivery',
  'black-box/sync',
  'demo/demo-page',
  'contracts/unavailable',
  'chaos/chaos',
  'black-box/erasure',
  'demo/demo',
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
