import { hash, verify } from '@node-rs/argon2'
import { newToken } from './token'
import { Turns } from './turns'

/** OWASP's first choice for argon2id, which is the library's default algorithm; about 30 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/**
 * Each that runs takes 19 MB and a thread of the pool that files and name look-ups need as well;
 * the last in line waits for about a second.
 */
const TURNS = { running: 2, waiting: 60, waitingFirst: 20 }

const MIN_CHARACTERS = 12
const MAX_BYTES = 1_024

/** Hashes and checks passwords, a few at a time, so that a flood of logins takes neither memory nor threads. */
export class Passwords {
  readonly #turns = new Turns(TURNS)
  #decoy?: Promise<string>

  /** Throws `TooBusy`. */
  hash(password: string): Promise<string> {
    return this.#turns.run(() => hash(canonical(password), COST))
  }

  /**
   * Whether `password` is the one that `stored` was made from. Without `stored`, when there is no
   * such account, it takes as long and is false. Throws `TooBusy`.
   */
  async verify(password: string, stored: string | undefined, first = false): Promise<boolean> {
    // Not in line with others: a flood must not keep it from being made.
    this.#decoy ??= hash(newToken(), COST)
    const decoy = await this.#decoy
    const matches = await this.#turns.run(() => verify(stored ?? decoy, canonical(password)), first)
    return matches && stored !== undefined
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
