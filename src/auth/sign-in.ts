import type { Account } from '../../models/account'
import type { Address } from '../net/address'
import type { Logger } from '../platform/logger'
import type { Delays, Schedule } from '../rate-limit/delays'
import { type Accounts, canonicalEmail } from './accounts'
import type { FamiliarNetworks, Traces } from './familiar-networks'

/** Failures of strangers that are not slowed yet: the most that NIST SP 800-63B allows in a row. */
const STRANGERS: Schedule = { free: 100, firstWaitMs: 2_000, longestWaitMs: 15 * 60_000 }
/** On a network that is known, somebody waits for a minute at most: its owner is not locked out. */
const FAMILIAR: Schedule = { free: 100, firstWaitMs: 1_000, longestWaitMs: 60_000 }

/** An attempt that was not made, because too many before it failed; told as 429. */
export class Slowed extends Error {
  override name = 'Slowed'
  readonly status = 429
  readonly code = 'account_slowed'
  readonly headers: Record<string, string>
  /** A problem type of draft-ietf-httpapi-ratelimit-headers-11, section 5.3. */
  readonly problem = {
    type: 'https://iana.org/assignments/http-problem-types#abnormal-usage-detected',
    title: 'Abnormal Usage Detected',
    'violated-policies': ['failed-logins'],
  }

  constructor(waitMs: number) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
    super(
      `Signing in to this account has failed too often. Try again in ${seconds} ` +
        `${seconds === 1 ? 'second' : 'seconds'}, or from a network where you have signed in before.`,
    )
    this.headers = { 'Retry-After': String(seconds) }
  }
}

interface Parts {
  accounts: Pick<Accounts, 'find' | 'verify'>
  familiar: Pick<FamiliarNetworks, 'tracesOf' | 'has' | 'remember'>
  delays: Pick<Delays, 'begin' | 'forgive'>
  log: Pick<Logger, 'warn'>
  /** For tests that cannot fail a hundred times. */
  schedules?: { strangers: Schedule; familiar: Schedule }
}

/**
 * Signing in with a password, slowed for who keeps guessing.
 *
 * Failures are counted per account. All networks from which nobody has signed in to it share one
 * count, so that guessing from many addresses is no faster than from one; a network that somebody
 * has signed in from within 30 days has a count of its own, so that its owner gets in whatever
 * strangers do. An e-mail address without an account is treated the same in every step.
 */
export class SignIn {
  readonly #parts: Parts
  readonly #schedules: { strangers: Schedule; familiar: Schedule }

  constructor(parts: Parts) {
    this.#parts = parts
    this.#schedules = parts.schedules ?? { strangers: STRANGERS, familiar: FAMILIAR }
  }

  /**
   * The account of `email` if `password` is its password. Throws `Slowed`, `TooBusy`, and
   * `Unavailable` when the database does not answer in time.
   */
  async attempt(email: string, password: string, address: Address): Promise<Account | undefined> {
    const { accounts, familiar, delays } = this.#parts
    const [account, traces] = await Promise.all([
      accounts.find(email),
      familiar.tracesOf(canonicalEmail(email), address),
    ])
    const isFamiliar = await familiar.has(account?.id, traces)
    const counted = isFamiliar ? `${traces.person} ${traces.network}` : traces.person
    const schedule = isFamiliar ? this.#schedules.familiar : this.#schedules.strangers

    const waitMs = await delays.begin(counted, schedule)
    if (waitMs > 0) throw new Slowed(waitMs)

    let failed = false
    try {
      const matches = await accounts.verify(account, password, { first: isFamiliar })
      failed = !matches
    } finally {
      // An attempt that was not made, because there were too many at once, has not failed either.
      if (!failed) await delays.forgive(counted)
    }
    if (failed || !account) return undefined
    await this.#remember(account, traces)
    return account
  }

  /** Not being remembered is no reason not to be let in. */
  async #remember(account: Account, traces: Traces): Promise<void> {
    try {
      await this.#parts.familiar.remember(account.id, traces)
    } catch (error) {
      this.#parts.log.warn({ error }, 'sign-in: the network is not remembered')
    }
  }
}
