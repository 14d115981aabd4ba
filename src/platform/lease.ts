import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Knex } from 'knex'

/** A holder that has not renewed for so long is gone, and another may take over. */
const LEASE_MS = 15_000

/**
 * The right to do work that goes on, for one instance at a time: a row of `leases` that its holder
 * renews. All times are the database's own clock. As with claims, no advisory locks: the embedded
 * engine has one session, in which they never exclude anybody.
 */
export class Lease {
  readonly #knex: Knex
  readonly #name: string
  readonly #holder = `${hostname()}/${process.pid}/${randomUUID()}`
  #renewAt = 0

  constructor(knex: Knex, name: string) {
    this.#knex = knex
    this.#name = name
  }

  /** Takes or renews it; false while another instance has it. Asks the database when half of it is over. */
  async hold(): Promise<boolean> {
    if (performance.now() < this.#renewAt) return true
    const askedAt = performance.now()
    const { rows } = await this.#knex.raw<{ rows: object[] }>(
      `insert into leases (name, holder, until)
       values (:name, :holder, now() + :ms * interval '1 millisecond')
           on conflict (name) do update
          set holder = excluded.holder, until = excluded.until
        where leases.holder = excluded.holder or leases.until < now()
       returning name`,
      { name: this.#name, holder: this.#holder, ms: LEASE_MS },
    )
    this.#renewAt = rows.length > 0 ? askedAt + LEASE_MS / 2 : 0
    return rows.length > 0
  }

  /** Gives it back, so that nobody has to wait. Never throws. */
  async release(): Promise<void> {
    this.#renewAt = 0
    await this.#knex('leases')
      .where({ name: this.#name, holder: this.#holder })
      .delete()
      .catch(() => {}) // It ends by itself.
  }
}
