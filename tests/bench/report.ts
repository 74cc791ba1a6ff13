/** One measured figure; `goal` is what it is held against. */
export interface Figure {
  /** What was measured, in words of one line. */
  name: string
  value: number
  unit: string
  goal?: { atLeast: number } | { atMost: number }
  /** Why no verdict is given, or what the figure includes. */
  note?: string
}

/** What one benchmark found. */
export interface Report {
  bench: string
  figures: readonly Figure[]
  /** Circumstances that the figures depend on. */
  notes: readonly string[]
}

/** What the command line says: `--count 1000` is `number('count', …)`, `--long` is `flag('long')`. */
export interface Options {
  number(name: string, otherwise: number): number
  text(name: string): string | null
  flag(name: string): boolean
}

/** One benchmark: its name on the command line, and how it is run. */
export interface Bench {
  name: string
  /** One line for `npm run bench -- --help`. */
  about: string
  run(options: Options): Promise<Report>
}

/** Whether a figure reaches its goal; null where it has none. */
export function reached({ value, goal }: Figure): boolean | null {
  if (!goal) return null
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}

/** A report as a table, columns aligned. */
export function table({ bench, figures, notes }: Report): string {
  const rows = figures.map((figure) => [figure.name, shown(figure.value), figure.unit, goalOf(figure), figure.note ?? ''])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 0))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd()
  return [`\n# ${bench}`, ...rows.map(line), ...notes.map((note) => `  * ${note}`)].join('\n')
}

function goalOf(figure: Figure): string {
  if (!figure.goal) return ''
  const bound = 'atLeast' in figure.goal ? `>= ${shown(figure.goal.atLeast)}` : `<= ${shown(figure.goal.atMost)}`
  return `${bound} ${reached(figure) ? 'reached' : 'MISSED'}`
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
