/** The promise's outcome, or `otherwise()` thrown when it has none after `ms` of machine time. */
export async function within<T>(ms: number, promise: Promise<T>, otherwise: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(otherwise()), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
