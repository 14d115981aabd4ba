import { hash, verify } from '@node-rs/argon2'
import { newToken } from './token'

/** OWASP's first choice for argon2id, which is the library's default algorithm; about 30 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Each takes 19 MB and a thread of the pool that files and name look-ups need as well. */
const MAX_RUNNING = 2
const MAX_WAITING = 100

const MIN_CHARACTERS = 12
const MAX_BYTES = 1_024

/** More logins at once than can be checked in reasonable time. */
export class TooBusy extends Error {
  override name = 'TooBusy'
}

/** Hashes and checks passwords, a few at a time, so that a flood of logins takes neither memory nor threads. */
export class Passwords {
  readonly #waiting: (() => void)[] = []
  #running = 0
  #decoy?: Promise<string>

  /** Throws `TooBusy`. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(canonical(password), COST))
  }

  /**
   * Whether `password` is the one that `stored` was made from. Without `stored`, when there is no
   * such account, it takes as long and is false. Throws `TooBusy`.
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    this.#decoy ??= this.hash(newToken())
    const decoy = await this.#decoy
    const matches = await this.#inTurn(() => verify(stored ?? decoy, canonical(password)))
    return matches && stored !== undefined
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) throw new TooBusy('too many logins at once')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      // The turn is handed on, so that nobody who comes just now can slip in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

/**
 * What is wrong with a new password, as a sentence; undefined when it will do. Length is what
 * counts (NIST SP 800-63B): no rules about digits and signs.
 */
export function passwordProblem(password: string): string | undefined {
  const text = canonical(password)
  if ([...text].length < MIN_CHARACTERS) {
    return `The password needs at least ${MIN_CHARACTERS} characters; a few words do well.`
  }
  if (Buffer.byteLength(text) > MAX_BYTES) return `The password is longer than ${MAX_BYTES} bytes.`
  return undefined
}

/** One form for text that keyboards may send in several (NIST SP 800-63B). */
function canonical(password: string): string {
  return password.normalize('NFKC')
}
