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
