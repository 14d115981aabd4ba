import fs from 'node:fs'
import type { Gateway } from './gateway'

const CHECKPOINT_MS = 45_000
const VACUUM_MS = 24 * 3_600_000
const VACUUM_CHECK_MS = 600_000

/** The tables with rows that VACUUM would free or ANALYZE would count anew. */
const CHANGED_TABLES = `
  select format('%I.%I', schemaname, relname)
    from pg_stat_user_tables
   where n_dead_tup > 0 or n_mod_since_analyze > 0
   order by 1`

/** Those of which much is dead rows, told from little and few as autovacuum does. */
const BLOATED_TABLES = `
  select format('%I.%I', schemaname, relname)
    from pg_stat_user_tables
   where n_dead_tup > 10000 + n_live_tup / 5
   order by 1`

/**
 * What a Postgres server does in background processes, which the engine does not have.
 *
 * A checkpoint soon after each change, or the write-ahead log grows without end. Every ten minutes
 * VACUUM of the tables that are a sixth or more of dead rows, so that what is written next takes
 * their place; once a day VACUUM (ANALYZE) of all that have changed. One table after the other, so
 * that clients wait for one at most. The day counts from `vacuumedFile`, so restarts neither delay
 * nor repeat it.
 */
export class Housekeeping {
  readonly #gateway: Pick<Gateway, 'run' | 'batches'>
  readonly #vacuumedFile: string
  readonly #timers: NodeJS.Timeout[]
  #batches = 0

  /** Begins at once; `onError` hears of what failed, and the next turn tries again. */
  constructor(
    gateway: Pick<Gateway, 'run' | 'batches'>,
    vacuumedFile: string,
    onError: (error: unknown) => void,
  ) {
    this.#gateway = gateway
    this.#vacuumedFile = vacuumedFile
    if (!fs.existsSync(vacuumedFile)) fs.writeFileSync(vacuumedFile, '')
    this.#timers = [
      setInterval(() => void this.checkpoint().catch(onError), CHECKPOINT_MS),
      setInterval(() => void this.vacuum().catch(onError), VACUUM_CHECK_MS),
    ]
  }

  /** Moves what is in the log to the tables' files, unless nothing has happened since last time. */
  async checkpoint(): Promise<void> {
    const { batches } = this.#gateway
    if (batches === this.#batches) return
    await this.#gateway.run('checkpoint')
    this.#batches = batches
  }

  /** Frees the room of dead rows where there are many; all, and counts, if the last time is a day ago. */
  async vacuum(now = Date.now()): Promise<void> {
    const isDaily = now - fs.statSync(this.#vacuumedFile).mtimeMs >= VACUUM_MS
    const tables = await this.#gateway.run(isDaily ? CHANGED_TABLES : BLOATED_TABLES)
    const options = isDaily ? '(analyze)' : ''
    for (const table of tables) await this.#gateway.run(`vacuum ${options} ${table}`)
    if (isDaily) fs.utimesSync(this.#vacuumedFile, now / 1_000, now / 1_000)
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
