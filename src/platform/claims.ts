import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Knex } from 'knex'
import type { Logger } from './logger'

const DEFAULTS = {
  /** How often a holder says that it is alive. */
  heartbeatMs: 10_000,
  /** A claim without a heartbeat for this long belongs to a dead holder and may be taken over. */
  staleMs: 60_000,
  /** After so many failures a piece of work is left alone until somebody asks for it. */
  maxAttempts: 3,
}

/** The claim was taken over by another holder: what this one did must not be kept. */
export class ClaimLost extends Error {
  override name = 'ClaimLost'
}

/** What tells a claim's row from that of whoever takes the work over: all it takes to finish it. */
export interface ClaimedRow {
  hour: Date
  claimed_by: string
}

/** The right to do one piece of work, until `end` or `fail`. */
export interface Claim {
  /** 1 for the first try. */
  readonly attempts: number
  readonly row: ClaimedRow
  /** After `finishClaim`: its heart need not beat any more. */
  end(): void
  /** Gives the work back with its error, for a later try. Never throws. */
  fail(error: unknown): Promise<void>
}

/**
 * Marks the work of a claim done, with what was found, in the transaction that writes its results; any
 * thread may that has the row. Throws `ClaimLost` when the claim has passed to somebody else, which
 * undoes the transaction.
 */
export async function finishClaim(
  transaction: Knex,
  table: string,
  row: ClaimedRow,
  outcome: Record<string, number | string>,
): Promise<void> {
  const now = transaction.fn.now()
  const changed = await transaction(table)
    .where(row)
    .update({ ...outcome, finished_at: now, heartbeat_at: now })
  if (changed === 0) throw new ClaimLost('the claim was taken over by another instance')
}

/** When a piece of work that was done, or given up, is done again. */
export interface Again {
  /** Whoever finished before this time was too early. */
  finishedBefore?: Date
  /** Somebody asked: finished, failed or not, it is done once more; but never by two at once. */
  force?: boolean
}

/**
 * Hands each piece of work, named by a time, to one holder among all instances.
 *
 * A row per piece of work in `table` is the claim, and afterwards the history. All times are the
 * database's own clock. No advisory locks: the embedded engine has one session, in which they
 * never exclude anybody.
 *
 * Columns of the table: `hour` (the name, primary key), `claimed_by`, `claimed_at`, `heartbeat_at`,
 * `attempts`, `finished_at`, `error`, and one for each value given to `finishClaim`.
 */
export class Claims {
  readonly #knex: Knex
  readonly #table: string
  readonly #log: Pick<Logger, 'warn'>
  readonly #options: typeof DEFAULTS

  constructor(
    knex: Knex,
    table: string,
    log: Pick<Logger, 'warn'>,
    options: Partial<typeof DEFAULTS> = {},
  ) {
    this.#knex = knex
    this.#table = table
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
  }

  /** The claim on `hour`; undefined when it is done, held by somebody alive, or given up. */
  async claim(
    hour: Date,
    { finishedBefore, force = false }: Again = {},
  ): Promise<Claim | undefined> {
    const holder = `${hostname()}/${process.pid}/${randomUUID()}`
    const { staleMs, maxAttempts } = this.#options
    const { rows } = await this.#knex.raw(
      `insert into :table: as run (hour, claimed_by) values (:hour, :holder)
           on conflict (hour) do update
          set claimed_by = excluded.claimed_by,
              claimed_at = now(),
              heartbeat_at = now(),
              attempts = case when run.finished_at is null then run.attempts + 1 else 1 end,
              finished_at = null,
              error = null
        where case
                when run.finished_at is not null
                then :force or run.finished_at < cast(:finishedBefore as timestamptz)
                else (run.error is not null
                      or run.heartbeat_at < now() - :staleMs * interval '1 millisecond')
                     and (:force or run.attempts < :maxAttempts)
              end
       returning attempts`,
      {
        table: this.#table,
        hour,
        holder,
        force,
        finishedBefore: finishedBefore ?? null,
        staleMs,
        maxAttempts,
      },
    )
    return rows.length === 0 ? undefined : this.#hold(hour, holder, rows[0].attempts)
  }

  #hold(hour: Date, holder: string, attempts: number): Claim {
    const row = { hour, claimed_by: holder }
    const now = this.#knex.fn.now()

    const heart = setInterval(() => {
      const beat = this.#knex(this.#table).where(row).update({ heartbeat_at: now })
      beat.catch((error) => this.#log.warn({ error, hour }, 'claim: heartbeat not written'))
    }, this.#options.heartbeatMs)
    heart.unref()

    return {
      attempts,
      row,
      end: () => clearInterval(heart),
      fail: async (error) => {
        clearInterval(heart)
        const message = error instanceof Error ? error.message : String(error)
        await this.#knex(this.#table)
          .where(row)
          .update({ error: message })
          .catch((failure) => this.#log.warn({ error: failure, hour }, 'claim: not given back'))
      },
    }
  }
}
