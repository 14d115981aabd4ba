import { setImmediate } from 'node:timers/promises'

/** Things that are looked at between two turns of the event loop: about a millisecond. */
const SLICE = 500

/** Does `work` for each, in their order, and lets others work in between. */
export async function inSlices<Value>(
  values: readonly Value[],
  work: (value: Value, nth: number) => void,
): Promise<void> {
  for (let start = 0; start < values.length; start += SLICE) {
    if (start > 0) await setImmediate()
    const end = Math.min(values.length, start + SLICE)
    for (let at = start; at < end; at++) work(values[at]!, at)
  }
}

/** What `map` makes of each, in their order, while others work in between. */
export async function mapInSlices<Value, Result>(
  values: readonly Value[],
  map: (value: Value, nth: number) => Result,
): Promise<Result[]> {
  const results: Result[] = []
  await inSlices(values, (value, nth) => results.push(map(value, nth)))
  return results
}
