import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger'
import type { Embedded } from './embedded'

/** Waits between attempts double up to the longest; opening takes a second of processor time. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 3_000
/** Who has lasted so long begins with the first wait again. */
const STEADY_MS = 60_000

/** What is said, by the system and by Postgres, when a disk has no room; behind threads only words are left. */
const NO_ROOM = /ENOSPC|EDQUOT|EFBIG|No space left|quota exceeded|File too large/i

/**
 * A database that is opened again, for as long as it takes, whenever it ends without having been
 * asked to: Postgres ends itself when its disk is full, and what serves requests from memory must
 * not end with it. To those who use it, it was away; so it is to those who begin while the disk is
 * full. Rejects when it cannot be opened the first time for another reason, which a person has to mend.
 */
export async function openSteadily(
  url: string,
  open: (onLost: (error: Error) => void) => Promise<Embedded>,
  log: Pick<Logger, 'info' | 'error'>,
): Promise<Embedded> {
  const stopping = new AbortController()
  const { signal } = stopping
  let waitMs = FIRST_WAIT_MS
  let openedAt = performance.now()
  let reopening = Promise.resolve()
  let current: Embedded | undefined
  try {
    current = await open(lose)
  } catch (error) {
    if (!NO_ROOM.test(String(error))) throw error
    log.error({ error }, 'database: its disk has no room, it is opened as soon as there is some')
    reopening = reopen()
  }

  function lose(error: Error): void {
    current = undefined
    if (signal.aborted) return
    log.error({ error }, 'database: it has ended, and is opened again as soon as that works')
    if (performance.now() - openedAt > STEADY_MS) waitMs = FIRST_WAIT_MS
    reopening = reopen()
  }

  async function reopen(): Promise<void> {
    while (!current) {
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {}) // Stopped.
      if (signal.aborted) return
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
      current = await open(lose).catch(() => undefined) // Why, was told when it ended.
    }
    openedAt = performance.now()
    log.info('database: it is open again')
  }

  return {
    url,
    async close() {
      stopping.abort()
      await reopening
      await current?.close()
    },
  }
}
