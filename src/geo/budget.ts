import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** So many are written down before the first of them is spent: a crash wastes them, at most. */
const RESERVED_AT_ONCE = 20

interface Spent {
  /** UTC. */
  day: string
  count: number
}

/**
 * So many questions a day (UTC), restarts and crashes included: what is spent is written to a file
 * first. Without a file that can be written only this process is counted.
 */
export class DailyBudget {
  readonly #path: string
  readonly #perDay: number
  readonly #now: () => number
  #spent: Spent
  /** Of today's count, how much the file already holds. */
  #reserved: number

  constructor(path: string, perDay: number, now: () => number = Date.now) {
    this.#path = path
    this.#perDay = perDay
    this.#now = now
    this.#spent = readSpent(path)
    this.#reserved = this.#spent.count
  }

  /** Whether there is one left today. */
  get left(): boolean {
    this.#turnPage()
    return this.#spent.count < this.#perDay
  }

  /** Takes one of today's; false when none is left. */
  spend(): boolean {
    if (!this.left) return false
    this.#spent.count++
    if (this.#spent.count > this.#reserved) this.#reserve()
    return true
  }

  #turnPage(): void {
    const day = new Date(this.#now()).toISOString().slice(0, 10)
    if (this.#spent.day === day) return
    this.#spent = { day, count: 0 }
    this.#reserved = 0
  }

  #reserve(): void {
    const { day, count } = this.#spent
    this.#reserved = Math.min(count - 1 + RESERVED_AT_ONCE, this.#perDay)
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify({ day, count: this.#reserved }))
      renameSync(`${this.#path}.new`, this.#path)
    } catch {
      // The disk is full or read-only: counted in memory, then.
    }
  }
}

function readSpent(path: string): Spent {
  try {
    const { day, count } = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof day === 'string' && Number.isInteger(count)) return { day, count }
  } catch {
    // The first start, or not a file of ours: a new count begins.
  }
  return { day: '', count: 0 }
}
