import type { Knex } from 'knex'
import { UniqueViolationError } from 'objection'
import { z } from 'zod'
import type { Models } from '../../models'
import type { Account } from '../../models/account'
import type { Giver } from '../http/giver'
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

type Tables = Pick<Models, 'Account' | 'AuditEntry' | 'Session'>

type NewAccount = Pick<Account, 'email' | 'passwordHash' | 'role'>

const COMMAND_LINE: Giver = { by: 'command line' }

/** The people who may sign in. Each change is one transaction with its entry in the audit log. */
export class Accounts {
  readonly #models: Tables
  readonly #passwords: Passwords

  constructor(models: Tables, passwords: Passwords) {
    this.#models = models
    this.#passwords = passwords
  }

  /** Everybody, by e-mail address. */
  list(): PromiseLike<Account[]> {
    return this.#models.Account.query().orderBy('email')
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
  async add(
    email: string,
    password: string,
    role: Role,
    giver: Giver = COMMAND_LINE,
  ): Promise<Account> {
    const made = await this.#make(email, password, role)
    const { Account } = this.#models
    try {
      return await Account.transaction((trx) => this.#insert(trx, made, giver))
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      throw new AccountConflict(`There is an account for ${made.email} already.`)
    }
  }

  /** Adds an admin if there is no account at all; otherwise undefined. Throws `InvalidAccount`. */
  async addFirst(email: string, password: string, giver: Giver): Promise<Account | undefined> {
    const made = await this.#make(email, password, 'admin')
    const { Account } = this.#models
    return Account.transaction(async (trx) => {
      // Of two at once the second waits, and finds the account of the first.
      await trx.raw('lock table accounts in share row exclusive mode')
      const anybody = await Account.query(trx).first()
      return anybody ? undefined : this.#insert(trx, made, giver)
    })
  }

  /**
   * Gives an account a new password, and ends its sessions but the one that is `kept`. Throws
   * `InvalidAccount` or `AccountConflict`.
   */
  async resetPassword(
    email: string,
    password: string,
    giver: Giver = COMMAND_LINE,
    kept = '',
  ): Promise<Account> {
    const passwordHash = await this.#hashNew(password)
    const { Account, Session } = this.#models
    return Account.transaction(async (trx) => {
      const account = await Account.query(trx)
        .where('email', canonicalEmail(email))
        .patch({ passwordHash })
        .returning('*')
        .first()
      if (!account) throw new AccountConflict(`There is no account for ${canonicalEmail(email)}.`)
      await Session.query(trx).delete().where('account_id', account.id).whereNot('id', kept)
      await this.#note(trx, 'account.reset-password', account, giver)
      return account
    })
  }

  /**
   * Gives an account another role, from its next request on; undefined when there is no such
   * account. Throws `AccountConflict` when no admin would be left.
   */
  setRole(id: number, role: Role, giver: Giver): Promise<Account | undefined> {
    return this.#change(id, async (account, trx) => {
      if (role !== 'admin') await this.#requireAnotherAdmin(trx, account)
      await account.$query(trx).patch({ role })
      await this.#note(trx, 'account.set-role', account, giver)
    })
  }

  /** Removes an account and its sessions; otherwise as `setRole`. */
  remove(id: number, giver: Giver): Promise<Account | undefined> {
    return this.#change(id, async (account, trx) => {
      await this.#requireAnotherAdmin(trx, account)
      await account.$query(trx).delete()
      await this.#note(trx, 'account.delete', account, giver)
    })
  }

  #change(
    id: number,
    work: (account: Account, trx: Knex.Transaction) => Promise<void>,
  ): Promise<Account | undefined> {
    const { Account } = this.#models
    return Account.transaction(async (trx) => {
      // All admins, so that of two who take each other's role away one comes second.
      const locked = await Account.query(trx)
        .where({ role: 'admin' })
        .orWhere({ id })
        .orderBy('id')
        .forUpdate()
      const account = locked.find((one) => one.id === id)
      if (account) await work(account, trx)
      return account
    })
  }

  async #requireAnotherAdmin(trx: Knex.Transaction, { id }: Account): Promise<void> {
    const other = await this.#models.Account.query(trx)
      .where({ role: 'admin' })
      .whereNot({ id })
      .first()
    if (!other) throw new AccountConflict('Nobody else is an admin: make somebody one first.')
  }

  async #note(
    trx: Knex.Transaction,
    action: string,
    { email, role }: Account,
    { by, from }: Giver,
  ): Promise<void> {
    await this.#models.AuditEntry.query(trx).insert({
      actor: by,
      action,
      subject: email,
      details: { role },
      ipAddress: from ?? null,
    })
  }

  async #make(email: string, password: string, role: Role): Promise<NewAccount> {
    if (!Email.safeParse(canonicalEmail(email)).success) {
      throw new InvalidAccount(`${JSON.stringify(email)} is not an e-mail address.`)
    }
    return { email: canonicalEmail(email), passwordHash: await this.#hashNew(password), role }
  }

  async #insert(trx: Knex.Transaction, made: NewAccount, giver: Giver): Promise<Account> {
    const account = await this.#models.Account.query(trx).insert(made).returning('*')
    await this.#note(trx, 'account.create', account, giver)
    return account
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
