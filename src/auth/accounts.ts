import { UniqueViolationError } from 'objection'
import { z } from 'zod'
import type { Models } from '../../models'
import type { Account } from '../../models/account'
import { inTime } from './in-time'
import { type Passwords, passwordProblem } from './passwords'

export type Role = Account['role']

const Email = z.email().max(254)

/** An e-mail address or a password that cannot be used; `message` says what is wrong with it. */
export class InvalidAccount extends Error {
  override name = 'InvalidAccount'
}

/** An account that exists and should not, or the other way round; `message` says which. */
export class AccountConflict extends Error {
  override name = 'AccountConflict'
}

/** The people who may sign in. */
export class Accounts {
  readonly #models: Pick<Models, 'Account' | 'Session'>
  readonly #passwords: Passwords

  constructor(models: Pick<Models, 'Account' | 'Session'>, passwords: Passwords) {
    this.#models = models
    this.#passwords = passwords
  }

  /** The account of `email`, if there is one; throws `Unavailable` when the database is away. */
  async find(email: string): Promise<Account | undefined> {
    return inTime(this.#models.Account.query().findOne('email', canonicalEmail(email)))
  }

  /**
   * Whether this is the account's password. Takes the same time without an account, and is false
   * then. Who goes `first` does not stand in line with others; throws `TooBusy`.
   */
  verify(account: Account | undefined, password: string, { first = false } = {}): Promise<boolean> {
    return this.#passwords.verify(password, account?.passwordHash, first)
  }

  /** Throws `InvalidAccount` or, when there is one already, `AccountConflict`. */
  async add(email: string, password: string, role: Role): Promise<Account> {
    if (!Email.safeParse(canonicalEmail(email)).success) {
      throw new InvalidAccount(`${JSON.stringify(email)} is not an e-mail address.`)
    }
    const passwordHash = await this.#hashNew(password)
    try {
      return await this.#models.Account.query()
        .insert({ email: canonicalEmail(email), passwordHash, role })
        .returning('*')
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      throw new AccountConflict(`There is an account for ${canonicalEmail(email)} already.`)
    }
  }

  /** Also ends the account's sessions. Throws `InvalidAccount` or `AccountConflict`. */
  async resetPassword(email: string, password: string): Promise<Account> {
    const passwordHash = await this.#hashNew(password)
    const { Account, Session } = this.#models
    return Account.transaction(async (trx) => {
      const account = await Account.query(trx)
        .where('email', canonicalEmail(email))
        .patch({ passwordHash })
        .returning('*')
        .first()
      if (!account) throw new AccountConflict(`There is no account for ${canonicalEmail(email)}.`)
      await Session.query(trx).delete().where('account_id', account.id)
      return account
    })
  }

  async #hashNew(password: string): Promise<string> {
    const problem = passwordProblem(password)
    if (problem) throw new InvalidAccount(problem)
    return this.#passwords.hash(password)
  }
}

/** Addresses are compared without regard to case, and stored as they are compared. */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase()
}
