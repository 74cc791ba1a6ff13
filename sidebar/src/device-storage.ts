/**
 * A storage that never throws. Web views refuse localStorage in private windows, in third-party frames and when full;
 * the page then remembers only as long as it is open.
 */
export function deviceStorage(pick: () => Storage): Storage {
  const memory = new Map<string, string>()
  function attempt<T>(use: (storage: Storage) => T, otherwise: () => T): T {
    try {
      return use(pick())
    } catch {
      return otherwise() // refused: memory serves
    }
  }
  return {
    get length() {
      return attempt((storage) => storage.length, () => memory.size)
    },
    key: (index) => attempt((storage) => storage.key(index), () => [...memory.keys()][index] ?? null),
    getItem: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key), () => null),
    setItem(key, value) {
      attempt(
        (storage) => {
          storage.setItem(key, value)
          memory.delete(key)
        },
        () => void memory.set(key, value),
      )
    },
    removeItem(key) {
      memory.delete(key)
      attempt((storage) => storage.removeItem(key), () => undefined)
    },
    clear() {
      memory.clear()
      attempt((storage) => storage.clear(), () => undefined)
    },
  }
}
