import { timingSafeEqual } from 'node:crypto'
import type { Account } from '../../models/account'
import type { Giver } from '../http/giver'
import type { Accounts } from './accounts'
import { hashToken, newToken } from './token'

/** How long after the start the link can be used. */
const VALID_MS = 24 * 3_600_000

/**
 * A secret by which whoever reads the output of a first start becomes the first admin, once. It
 * lives in this process only, and is worth nothing as soon as there is any account.
 */
export class FirstAdmin {
  /** 256 random bits, to be shown to nobody but the person at the terminal. */
  readonly token = newToken()
  readonly #accounts: Pick<Accounts, 'addFirst'>
  readonly #validUntil: number

  constructor(accounts: Pick<Accounts, 'addFirst'>, now = Date.now()) {
    this.#accounts = accounts
    this.#validUntil = now + VALID_MS
  }

  /**
   * Makes the first account, for who shows the token; undefined for a wrong or old one, and when
   * there is an account already. Throws `InvalidAccount`.
   */
  async claim(
    shown: string,
    email: string,
    password: string,
    from: Giver['from'],
    now = Date.now(),
  ): Promise<Account | undefined> {
    const isRight = timingSafeEqual(
      Buffer.from(hashToken(shown)),
      Buffer.from(hashToken(this.token)),
    )
    if (!isRight || now >= this.#validUntil) return undefined
    return this.#accounts.addFirst(email, password, { by: 'first start', from })
  }
}
