import { setTimeout as sleep } from 'node:timers/promises'

const HOUR_MS = 3_600_000

/** Waits for the next hour when this one ends within `ms`: for tests of what is counted by the hour. */
export async function staysInOneHour(ms: number): Promise<void> {
  const leftMs = HOUR_MS - (Date.now() % HOUR_MS)
  if (leftMs < ms) await sleep(leftMs + 10)
}
