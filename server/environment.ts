import { existsSync } from 'node:fs'

/** The variables of this process, and those of `.env` in the working directory where it has none; for server and commands. */
export function environment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}
