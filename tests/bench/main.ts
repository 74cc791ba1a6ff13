import { writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { callbacks } from './callbacks.ts'
import { pipeline } from './pipeline.ts'
import { sidebar } from './sidebar.ts'
import { store } from './store.ts'
import { sync } from './sync.ts'
import { table, type Bench, type Options, type Report } from './report.ts'

/** Every benchmark, in the order in which `npm run bench` runs them. A new one is one line here. */
const benches: readonly Bench[] = [callbacks, pipeline, store, sidebar, sync]

/**
 * `npm run bench` runs all, `npm run bench -- callbacks --count 5000` one with an option of its own. Prints tables and writes JSON to bench-results.json, or to
 * `--json PATH`. Figures are measured, never asserted: the exit code is 0 whatever they are.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2)
  const options = optionsOf(args)
  const firstOption = args.findIndex((one) => one.startsWith('--'))
  const names = firstOption === -1 ? args : args.slice(0, firstOption)
  const chosen = names.length > 0 ? benches.filter(({ name }) => names.includes(name)) : benches
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name))
  if (options.flag('help') || unknown.length > 0) return usage(unknown)
  const reports: Report[] = []
  for (const bench of chosen) {
    const report = await bench.run(options)
    console.log(table(report))
    reports.push(report)
  }
  const machine = { cores: availableParallelism(), memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version }
  const path = options.text('json') ?? 'bench-results.json'
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine, reports }, null, 2)}\n`)
  console.log(`\n${path}`)
}

function usage(unknown: readonly string[]): void {
  if (unknown.length > 0) console.error(`no such benchmark: ${unknown.join(', ')}`)
  console.log('npm run bench -- [NAME …] [--json PATH]')
  for (const { name, about } of benches) console.log(`  ${name.padEnd(10)} ${about}`)
  if (unknown.length > 0) process.exitCode = 1
}

function optionsOf(args: readonly string[]): Options {
  const text = (name: string) => {
    const at = args.indexOf(`--${name}`)
    return at === -1 ? null : (args[at + 1] ?? null)
  }
  return {
    text,
    flag: (name) => args.includes(`--${name}`),
    number(name, otherwise) {
      const given = text(name)
      if (given === null) return otherwise
      if (!/^\d+(\.\d+)?$/.test(given)) throw new Error(`--${name} wants a number, not ${given}`)
      return Number(given)
    },
  }
}

await main()
