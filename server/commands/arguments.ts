import { parseArgs, type ParseArgsConfig } from 'node:util'
import { ConfigInvalid } from '../domain/errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** What an operator typed after a command's name. @throws ConfigInvalid with the usage */
export function readArguments<const Given extends Options>(args: readonly string[], options: Given, usage: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch {
    throw new ConfigInvalid(usage)
  }
}

/** How many are to be listed, from 1 to `most`. @throws ConfigInvalid with the usage */
export function readLimit(text: string, most: number, usage: readonly string[]): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new ConfigInvalid(usage)
  return limit
}
