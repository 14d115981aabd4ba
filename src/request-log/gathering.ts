import type { LogEntry } from './entry'
import { Lines } from './lines'

/** Bytes after which what was gathered is appended at once: memory has an end, whatever comes. */
const MOST_BYTES = 64 * 1024

/**
 * Gathers the lines of one turn of the event loop, so that one system call appends them all: alone
 * it costs more than everything else about a record.
 */
export class Gathering {
  readonly #append: (lines: Lines) => boolean
  readonly #lines = new Lines()
  #turn?: Turn

  /** `append` says whether it kept all lines; it must not throw. */
  constructor(append: (lines: Lines) => boolean) {
    this.#append = append
  }

  /** Resolves when the turn is over and its lines are appended, with false when one of them is lost. */
  add(entry: LogEntry): Promise<boolean> {
    this.#lines.add(entry)
    this.#turn ??= this.#begin()
    if (this.#lines.size > MOST_BYTES) this.appendNow()
    return this.#turn.over
  }

  /** Appends what there is, without waiting for the end of the turn. */
  appendNow(): void {
    if (this.#lines.records === 0) return
    const kept = this.#append(this.#lines)
    if (!kept && this.#turn) this.#turn.kept = false
    this.#lines.clear()
  }

  #begin(): Turn {
    const turn = new Turn()
    // Behind all that the sockets brought in this turn, and in front of the next look at them.
    setImmediate(() => {
      this.appendNow()
      this.#turn = undefined
      turn.end(turn.kept)
    })
    return turn
  }
}

class Turn {
  kept = true
  readonly over: Promise<boolean>
  end!: (kept: boolean) => void

  constructor() {
    this.over = new Promise((resolve) => {
      this.end = resolve
    })
  }
}
