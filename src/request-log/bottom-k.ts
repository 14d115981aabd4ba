/** Hashes of a sample: the error of a share taken from it is below 0.1 on average. */
export const SAMPLE_SIZE = 24

/**
 * A fair choice among all different things that were seen, however often each was: those with the
 * smallest hashes (Cohen, Kaplan: "Summarizing data using bottom-k sketches", 2007). While there are no
 * more than `SAMPLE_SIZE` it holds all of them. Two samples are merged without loss: the smallest
 * of both are the smallest of all.
 */
export type Sample = number[]

/** Notes a thing by its hash, 32 bits with a sign; the sample stays in ascending order. */
export function noteInSample(sample: Sample, hash: number): void {
  let at = sample.length
  while (at > 0 && sample[at - 1]! >= hash) at--
  if (sample[at] === hash || at === SAMPLE_SIZE) return
  if (sample.length < SAMPLE_SIZE) sample.push(hash)
  for (let i = sample.length - 1; i > at; i--) sample[i] = sample[i - 1]!
  sample[at] = hash
}

/** Notes in `sample` what was noted in `other`. */
export function mergeSamples(sample: Sample, other: ArrayLike<number>): void {
  for (let i = 0; i < other.length; i++) noteInSample(sample, other[i]!)
}
