import { setImmediate } from 'node:timers/promises'

/** Things that are looked at between two turns of the event loop: about a millisecond. */
const SLICE = 1_000

/** Does `work` for each, in their order, and lets others work in between. */
export async function inSlices<Value>(
  values: readonly Value[],
  work: (value: Value) => void,
): Promise<void> {
  for (let start = 0; start < values.length; start += SLICE) {
    if (start > 0) await setImmediate()
    const end = Math.min(values.length, start + SLICE)
    for (let at = start; at < end; at++) work(values[at]!)
  }
}
