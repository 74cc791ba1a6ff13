import type { Config } from '../config/load.ts'
import { launchEmbeddedMongo } from './embedded-mongo/launch.ts'

/** Where the data are: MONGODB_URI's server, else the embedded store of DATA_DIR, launched if it does not run yet. */
export async function openEngine(
  config: Pick<Config, 'mongodbUri' | 'dataDir'>,
  options: { fsync?: boolean } = {},
): Promise<{ uri: string; close(): Promise<void> }> {
  if (config.mongodbUri) return { uri: config.mongodbUri, close: async () => {} }
  return launchEmbeddedMongo({ dataDir: config.dataDir, fsync: options.fsync ?? true })
}
