import { parseArgs } from 'node:util'
import { everyBlow } from './plan.ts'
import { isClean, runChaos } from './run.ts'

/**
 * `npm run chaos [-- --count 100000 --seed 1 --rate 300 --speed 10 --json FILE]`: the product under everything that can go
 * wrong at once. Prints the seed, which plans the same again, and ends with 1 if anything was lost or doubled.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      rate: { type: 'string', default: '300' },
      speed: { type: 'string', default: '10' },
      'settle-seconds': { type: 'string', default: '180' },
    },
  })
  const count = Number(values.count)
  const speed = Number(values.speed)
  const report = await runChaos({
    seed: Number(values.seed),
    count,
    blows: everyBlow,
    shorten: 1,
    rate: Number(values.rate),
    speeds: { 'official-account': 1, wecom: 1, 'wechat-shop': speed, 'mini-program': speed, 'wechat-pay': speed },
    settleMs: Number(values['settle-seconds']) * 1000,
    diskMb: 200 + Math.ceil(count / 80),
    say: (line) => console.log(line),
  })
  console.log(JSON.stringify(report, null, 2))
  console.log(isClean(report) ? 'nothing lost, nothing doubled' : `NOT clean; what the product said: ${report.folder}/product.log`)
  process.exitCode = isClean(report) ? 0 : 1
}

await main()
