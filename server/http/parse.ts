import type { z } from 'zod'
import { BadRequest } from '../domain/errors.ts'

/** A request's part as its shape. @throws BadRequest naming the first wrong field and its rule */
export function parse<Out>(shape: z.ZodType<Out>, value: unknown): Out {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new BadRequest(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'wrong'}`)
}
