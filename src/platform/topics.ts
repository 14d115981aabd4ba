import type { Logger } from './logger'

/** Notices within this time of each other are one; far below what anybody notices. */
const COALESCE_MS = 25

/** Who wants to hear about what, and the telling: shared by every bus. */
export class Topics {
  readonly #log: Logger
  readonly #listeners = new Map<string, (() => void)[]>()
  readonly #due = new Map<string, NodeJS.Timeout>()

  constructor(log: Logger) {
    this.#log = log
  }

  subscribe(topic: string, listener: () => void): void {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener])
  }

  /** Tells the listeners of `topic` soon; a burst of notices tells them once. */
  announce(topic: string): void {
    if (!this.#listeners.has(topic) || this.#due.has(topic)) return
    this.#due.set(topic, setTimeout(() => this.#tell(topic), COALESCE_MS).unref())
  }

  /** Tells everybody: notices may have been missed. */
  announceAll(): void {
    for (const topic of this.#listeners.keys()) this.announce(topic)
  }

  /** From now on nobody is told anything. */
  stop(): void {
    this.#listeners.clear()
    for (const timer of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
  }

  #tell(topic: string): void {
    this.#due.delete(topic)
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener()
      } catch (error) {
        this.#log.error({ error, topic }, 'bus: a listener failed')
      }
    }
  }
}
