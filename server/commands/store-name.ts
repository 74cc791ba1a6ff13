import { resolve } from 'node:path'
import type { Config } from '../../config/load.ts'

/** Which store a command read or wrote, for its last line: `mongodb host:27017/crm` without user and password, or `DATA_DIR /srv/data`. */
export function storeName({ mongodbUri, dataDir }: Pick<Config, 'mongodbUri' | 'dataDir'>): string {
  if (mongodbUri === null) return `DATA_DIR ${resolve(dataDir)}`
  const { hosts, database } = partsOf(mongodbUri)
  return `mongodb ${hosts}/${database}`
}

/** The hosts of a connection string alone. */
export function storeHosts(mongodbUri: string): string {
  return partsOf(mongodbUri).hosts
}

/** Several hosts make no URL; whatever stands before the last `@` of the authority is a secret. */
function partsOf(uri: string): { hosts: string; database: string } {
  const [, authority = '', database = ''] = /^[\w+]+:\/\/([^/?]*)(?:\/([^?]*))?/.exec(uri) ?? []
  return { hosts: decodeURIComponent(authority.slice(authority.lastIndexOf('@') + 1)), database: database || 'test' }
}
