import { setImmediate } from 'node:timers/promises'

/** Between two turns of the event loop is worked for so long … */
const TURN_MS = 4
/** … as is seen whenever so many things have been looked at. */
const SLICE = 64

/** Does `work` for each, in their order, and lets others work in between. */
export async function inSlices<Value>(
  values: readonly Value[],
  work: (value: Value, nth: number) => void,
): Promise<void> {
  let startedAt = performance.now()
  for (let start = 0; start < values.length; start += SLICE) {
    const end = Math.min(values.length, start + SLICE)
    for (let at = start; at < end; at++) work(values[at]!, at)
    if (performance.now() - startedAt < TURN_MS) continue
    await setImmediate()
    startedAt = performance.now()
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

/** What `filter` keeps, in their order, while others work in between. */
export async function filterInSlices<Value>(
  values: readonly Value[],
  filter: (value: Value, nth: number) => boolean,
): Promise<Value[]> {
  const kept: Value[] = []
  await inSlices(values, (value, nth) => {
    if (filter(value, nth)) kept.push(value)
  })
  return kept
}
