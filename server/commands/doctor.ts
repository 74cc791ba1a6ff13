import { parseArgs } from 'node:util'
import { diagnoseSetUp } from '../compose-doctor.ts'
import { exitCodeOf } from '../domain/diagnosis.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { doctorJson, doctorLines } from './doctor-display.ts'

const usage = 'npm run doctor [-- --json]'

/**
 * `npm run doctor`: tries every setting against Tencent and our own address, and names what is wrong, most basic first,
 * each with its fix. Changes nothing at Tencent's side; also while the server runs. Exit code 0: healthy; 1: something is
 * wrong; 2: warnings only.
 */
async function main(): Promise<void> {
  const json = wantsJson()
  const log = createLog({ level: 'error', destination: process.stderr })
  const diagnosis = await diagnoseSetUp({ env: environment(), clock: { now: () => new Date() }, log })
  process.stdout.write(json ? `${JSON.stringify(doctorJson(diagnosis))}\n` : `${doctorLines(diagnosis).join('\n')}\n`)
  process.exitCode = exitCodeOf(diagnosis)
}

function wantsJson(): boolean {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values.json
  } catch {
    throw new ConfigInvalid([usage])
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
