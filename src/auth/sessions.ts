import type { Models } from '../../models'
import type { Logger } from '../platform/logger'
import type { Role } from './accounts'
import { inTime } from './in-time'
import { hashToken, newToken } from './token'

/** A session ends this long after the sign-in, however much it is used … */
export const SESSION_SECONDS = 7 * 24 * 3600
/** … and this long after its last request. */
const IDLE_SECONDS = 12 * 3600

/** Whom a session speaks for. */
export interface SignedIn {
  accountId: number
  email: string
  role: Role
}

/**
 * Sessions of signed-in people. The browser holds a random token, the database only its hash.
 * Every question throws `Unavailable` when the database does not answer within a second.
 */
export class Sessions {
  readonly #sessions: Models['Session']
  readonly #log: Logger

  constructor(sessions: Models['Session'], log: Logger) {
    this.#sessions = sessions
    this.#log = log
  }

  /** Starts a session and answers its token, which is not stored anywhere. */
  async begin(accountId: number): Promise<string> {
    const token = newToken()
    const expiresAt = new Date(Date.now() + SESSION_SECONDS * 1_000)
    await inTime(this.#sessions.query().insert({ id: hashToken(token), accountId, expiresAt }))
    return token
  }

  /** Who is signed in with this token; undefined when the session has ended or never was. */
  async find(token: string): Promise<SignedIn | undefined> {
    const id = hashToken(token)
    const question = this.#sessions.knex().raw<{ rows: (SignedIn & { seen: boolean })[] }>(
      `select account_id as "accountId", email, role,
              last_seen_at > now() - interval '1 minute' as seen
         from sessions
         join accounts on accounts.id = account_id
        where sessions.id = ?
          and expires_at > now()
          and last_seen_at > now() - ? * interval '1 second'`,
      [id, IDLE_SECONDS],
    )
    const { rows } = await inTime(question)
    const [row] = rows
    if (!row) return undefined
    const { seen, ...signedIn } = row
    if (!seen) void this.#touch(id)
    return signedIn
  }

  /** Ends the session for good, on every instance at once. */
  async end(token: string): Promise<void> {
    await inTime(this.#sessions.query().deleteById(hashToken(token)))
  }

  /** Once a minute and not waited for: the idle time need not be exact. */
  async #touch(id: string): Promise<void> {
    try {
      await this.#sessions.query().findById(id).patch({ lastSeenAt: new Date() })
    } catch (error) {
      this.#log.warn({ error }, 'session: last use not noted')
    }
  }
}
