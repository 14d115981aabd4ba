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

/**
 * The same for a sample that lies in a larger array: its length at `at`, its hashes behind, with
 * room for `SAMPLE_SIZE` of them.
 */
export function noteInRoom(numbers: Int32Array, at: number, hash: number): void {
  const length = numbers[at]!
  let end = at + length
  while (end > at && numbers[end]! >= hash) end--
  if ((end < at + length && numbers[end + 1] === hash) || end === at + SAMPLE_SIZE) return
  if (length < SAMPLE_SIZE) numbers[at]!++
  for (let i = at + numbers[at]!; i > end + 1; i--) numbers[i] = numbers[i - 1]!
  numbers[end + 1] = hash
}
