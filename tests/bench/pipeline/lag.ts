import type { Cores } from '../cores.ts'
import type { Figure, Options } from '../report.ts'

export async function measureLag(_cores: Cores, _options: Options): Promise<Figure[]> {
  return []
}
