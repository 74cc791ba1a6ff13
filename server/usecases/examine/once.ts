/** Asks once, whoever wants to know; a failure is the same for all. */
export function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | null = null
  return () => (asked ??= ask())
}
