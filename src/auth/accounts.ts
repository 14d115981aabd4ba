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

  /**
   * The account of `email` if `password` is its password. Takes the same time whether the account
   * exists or not. Throws `TooBusy`, and `Unavailable` when the database does not answer in time.
   */
  async authenticate(email: string, password: string): Promise<Account | undefined> {
    const account = await inTime(this.#models.Account.query().findOne('email', canonical(email)))
    const matches = await this.#passwords.verify(password, account?.passwordHash)
    return matches ? account : undefined
  }

  /** Throws `InvalidAccount` or, when there is one already, `AccountConflict`. */
  async add(email: string, password: string, role: Role): Promise<Account> {
    if (!Email.safeParse(canonical(email)).success) {
      throw new InvalidAccount(`${JSON.stringify(email)} is not an e-mail address.`)
    }
    const passwordHash = await this.#hashNew(password)
    try {
      return await this.#models.Account.query()
        .insert({ email: canonical(email), passwordHash, role })
        .returning('*')
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      throw new AccountConflict(`There is an account for ${canonical(email)} already.`)
    }
  }

  /** Also ends the account's sessions. Throws `InvalidAccount` or `AccountConflict`. */
  async resetPassword(email: string, password: string): Promise<Account> {
    const passwordHash = await this.#hashNew(password)
    const { Account, Session } = this.#models
    return Account.transaction(async (trx) => {
      const account = await Account.query(trx)
        .where('email', canonical(email))
        .patch({ passwordHash })
        .returning('*')
        .first()
      if (!account) throw new AccountConflict(`There is no account for ${canonical(email)}.`)
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
function canonical(email: string): string {
  return email.trim().toLowerCase()
}
