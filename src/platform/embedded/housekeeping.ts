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

/**
 * What a Postgres server does in background processes, which the engine does not have.
 *
 * A checkpoint soon after each change, or the write-ahead log grows without end. Once a day
 * VACUUM (ANALYZE) of the tables that have changed, one by one, so that clients wait for one
 * table at most; the day counts from `vacuumedFile`, so restarts neither delay nor repeat it.
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

  /** Frees and counts what has changed, if the last time is a day ago. */
  async vacuum(now = Date.now()): Promise<void> {
    if (now - fs.statSync(this.#vacuumedFile).mtimeMs < VACUUM_MS) return
    const tables = await this.#gateway.run(CHANGED_TABLES)
    for (const table of tables) await this.#gateway.run(`vacuum (analyze) ${table}`)
    fs.utimesSync(this.#vacuumedFile, now / 1_000, now / 1_000)
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
