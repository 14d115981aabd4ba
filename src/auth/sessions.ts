import type { Models } from '../../models'
import type { Address } from '../net/address'
import { truncateAddress } from '../net/truncate'
import { visible } from '../net/visible'
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

/** The browser that signs in, by which its owner recognises the session. */
export interface Browser {
  address: Address
  userAgent: string
}

/** A session as its owner and admins see it. */
export interface SessionSummary {
  /** A name for it, of which the token cannot be told. */
  id: string
  email: string
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
  /** The network that it began in, /24 or /48: enough to know it by. */
  ipAddress: string | null
  userAgent: string | null
  /** The one that asks. */
  isCurrent: boolean
}

/** Characters of a stored hash that name a session. */
const NAME_LENGTH = 16
/** Longest user agent kept. */
const AGENT_LENGTH = 300

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
  async begin(accountId: number, { address, userAgent }: Browser): Promise<string> {
    const token = newToken()
    const session = {
      id: hashToken(token),
      accountId,
      expiresAt: new Date(Date.now() + SESSION_SECONDS * 1_000),
      ipAddress: truncateAddress(address),
      userAgent: visible(userAgent.slice(0, AGENT_LENGTH)),
    }
    await inTime(this.#sessions.query().insert(session))
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

  /**
   * The sessions that have not ended, the last used first: those of one account, or all. `token` is
   * that of the browser that asks, if it is one.
   */
  async list(token: string | undefined, accountId?: number): Promise<SessionSummary[]> {
    const { rows } = await this.#sessions.knex().raw<{ rows: SessionSummary[] }>(
      `select left(sessions.id, ?) as id, email, sessions.created_at as "createdAt",
              last_seen_at as "lastSeenAt", expires_at as "expiresAt",
              text(ip_address) as "ipAddress", user_agent as "userAgent",
              sessions.id = ? as "isCurrent"
         from sessions
         join accounts on accounts.id = account_id
        where expires_at > now()
          and last_seen_at > now() - ? * interval '1 second'
          and account_id = coalesce(?, account_id)
        order by last_seen_at desc, sessions.id
        limit 500`,
      [NAME_LENGTH, token ? hashToken(token) : '', IDLE_SECONDS, accountId ?? null],
    )
    return rows
  }

  /** Ends the session of this name, of one account or of any; whether there was one. */
  async revoke(name: string, accountId?: number): Promise<boolean> {
    const ended = await this.#sessions
      .query()
      .delete()
      .whereRaw('left(id, ?) = ?', [NAME_LENGTH, name])
      .modify((query) => {
        if (accountId !== undefined) query.where('account_id', accountId)
      })
    return ended > 0
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
