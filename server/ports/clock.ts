/** Passed from the composition root; every lifetime, window and timer reads it. */
export interface Clock {
  now(): Date
}
