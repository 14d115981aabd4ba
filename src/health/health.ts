import { coalesce } from '../platform/coalesce'

/** What one part of the service says of itself, in one line. */
export interface PartHealth {
  /** Whether it does its work; a part that is down may leave the service usable. */
  ok: boolean
  /** For people: `reachable`, `12 entries`, `not written for 14 s`. */
  says: string
}

type Probe = () => PartHealth | Promise<PartHealth>

/** How each part is asked, by its name. */
export type Probes = Record<string, Probe>

/** Longest wait for the answer of one part. */
const PROBE_MS = 1_000

/**
 * Whether this instance should be sent requests. It should from the moment it knows what it judges
 * by until it begins to stop: when its stores go away it still judges from memory, so taking it out
 * of the load balancer would make things worse.
 */
export class Health {
  /**
   * Asks every part; one that does not answer in time is not well. Who asks meanwhile shares the
   * next answer, because anyone may ask, and each answer costs a query.
   */
  readonly parts: () => Promise<Record<string, PartHealth>>
  readonly #isComplete: () => boolean
  #status: 'starting' | 'ready' | 'stopping' = 'starting'

  /** `isComplete`: whether it knows what it judges by; once it does, it does for good. */
  constructor(probes: Probes, isComplete = () => true) {
    this.parts = coalesce(() => askAll(probes))
    this.#isComplete = isComplete
  }

  get status(): 'starting' | 'ready' | 'stopping' {
    if (this.#status === 'starting' && this.#isComplete()) this.#status = 'ready'
    return this.#status
  }

  get ready(): boolean {
    return this.status === 'ready'
  }

  /** From now on not ready. */
  beginStop(): void {
    this.#status = 'stopping'
  }
}

async function askAll(probes: Probes): Promise<Record<string, PartHealth>> {
  const asked = Object.entries(probes).map(async ([name, probe]) => {
    return [name, await answerInTime(probe)] as const
  })
  return Object.fromEntries(await Promise.all(asked))
}

async function answerInTime(probe: Probe): Promise<PartHealth> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<PartHealth>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, says: 'does not answer' }), PROBE_MS)
  })
  try {
    return await Promise.race([late, probe()])
  } catch {
    // Without the error's own words: anyone may ask, and they name hosts.
    return { ok: false, says: 'unreachable' }
  } finally {
    clearTimeout(timer)
  }
}
