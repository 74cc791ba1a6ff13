/** At most one holder per name at a time, across processes; ends by itself when its holder dies. */
export interface Leases {
  /** True while this holder has it; renewing is the same call. `ttlMs` runs by the store's own clock, whatever ours say. */
  hold(name: string, holder: string, ttlMs: number): Promise<boolean>
  release(name: string, holder: string): Promise<void>
}
