/**
 * Counters, gauges and histograms in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
 * Our own, since that is all of it: the usual client brings OpenTelemetry's API and quantile sketches along.
 *
 * Labels name parts of the product and codes, never anybody: a value of another form becomes `other`, and so does
 * whatever would make more than `mostSeries` of one metric.
 */
export interface Registry {
  counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label>
  /** Read when it is asked for; a reading that fails is left out. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => Promise<readonly Reading<Label>[]>,
  ): void
  /** `bounds` in seconds, ascending. */
  histogram<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    bounds: readonly number[],
  ): Histogram<Label>
  /** Names of all metrics, as they stand in queries: a histogram has three. */
  names(): readonly string[]
  /** Everything, for one scrape. */
  text(): Promise<string>
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>

export interface Reading<Label extends string> {
  labels: Labels<Label>
  value: number
}

export interface Counter<Label extends string> {
  add(labels: Labels<Label>, count?: number): void
}

export interface Histogram<Label extends string> {
  observe(labels: Labels<Label>, seconds: number): void
}

interface Metric {
  names: readonly string[]
  lines(): Promise<readonly string[]>
}

const mostSeries = 300
const plainValue = /^[\w./:-]{1,64}$/

/** An empty registry; one for each server, so that two in one process do not mix. */
export function createRegistry(): Registry {
  const metrics: Metric[] = []

  function head(name: string, help: string, type: string): readonly string[] {
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
  }

  return {
    counter(name, help, labels) {
      const series = createSeries(labels, () => ({ count: 0 }))
      const lines = async () => [
        ...head(name, help, 'counter'),
        ...series.all().map(([key, { count }]) => `${name}${braced(key)} ${count}`),
      ]
      metrics.push({ names: [name], lines })
      return { add: (given, count = 1) => void (series.of(given).count += count) }
    },
    gauge(name, help, labels, read) {
      const lines = async () => {
        const series = createSeries(labels, () => ({ value: 0 }))
        for (const { labels: given, value } of await read().catch(() => [])) series.of(given).value = value
        return [
          ...head(name, help, 'gauge'),
          ...series.all().map(([key, { value }]) => `${name}${braced(key)} ${value}`),
        ]
      }
      metrics.push({ names: [name], lines })
    },
    histogram(name, help, labels, bounds) {
      const series = createSeries(labels, () => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }))
      const lines = async () => [
        ...head(name, help, 'histogram'),
        ...series.all().flatMap(([key, one]) => histogramLines(name, key, bounds, one)),
      ]
      metrics.push({ names: [`${name}_bucket`, `${name}_sum`, `${name}_count`], lines })
      return {
        observe(given, seconds) {
          const one = series.of(given)
          one.count += 1
          one.sum += seconds
          const place = bounds.findIndex((bound) => seconds <= bound)
          if (place !== -1) one.counts[place] = (one.counts[place] ?? 0) + 1
        },
      }
    },
    names: () => metrics.flatMap(({ names }) => names),
    async text() {
      const lines = await Promise.all(metrics.map((metric) => metric.lines()))
      return `${lines.flat().join('\n')}\n`
    },
  }
}

function createSeries<Label extends string, State>(names: readonly Label[], fresh: () => State) {
  const states = new Map<string, State>()
  const keyOf = (valueOf: (name: Label) => string) => names.map((name) => `${name}="${valueOf(name)}"`).join(',')
  const made = (key: string) => {
    const state = states.get(key) ?? fresh()
    states.set(key, state)
    return state
  }
  return {
    of(labels: Labels<Label>): State {
      const key = keyOf((name) => (plainValue.test(labels[name]) ? labels[name] : 'other'))
      return made(states.has(key) || states.size < mostSeries ? key : keyOf(() => 'other'))
    },
    all: () => [...states],
  }
}

function histogramLines(
  name: string,
  key: string,
  bounds: readonly number[],
  one: { counts: number[]; count: number; sum: number },
): readonly string[] {
  let below = 0
  const buckets = bounds.map((bound, index) => {
    below += one.counts[index] ?? 0
    return `${name}_bucket${braced(key, `le="${bound}"`)} ${below}`
  })
  return [
    ...buckets,
    `${name}_bucket${braced(key, 'le="+Inf"')} ${one.count}`,
    `${name}_sum${braced(key)} ${one.sum}`,
    `${name}_count${braced(key)} ${one.count}`,
  ]
}

function braced(key: string, more = ''): string {
  const inside = [key, more].filter((part) => part !== '').join(',')
  return inside === '' ? '' : `{${inside}}`
}
