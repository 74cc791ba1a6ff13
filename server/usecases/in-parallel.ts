/** Runs `work` over the list, at most `limit` at once; results in the list's order. The first failure rejects. */
export async function inParallel<In, Out>(
  limit: number,
  list: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = []
  const queue = list.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, worker))
  return results
}

/** As `inParallel`, but after a failure nothing more is begun, and it rejects only when what was under way has ended. */
export async function inParallelToTheEnd<In, Out>(
  limit: number,
  list: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const failures: unknown[] = []
  const results = await inParallel(limit, list, async (item) => {
    if (failures.length > 0) return null
    try {
      return { done: await work(item) }
    } catch (error) {
      failures.push(error)
      return null
    }
  })
  if (failures.length > 0) throw failures[0]
  return results.flatMap((result) => (result ? [result.done] : []))
}
