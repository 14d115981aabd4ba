import { appendFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Keeps records that can never be written, with the reason, for a person to look at:
 * `quarantine.ndjson` in the spool's folder. After a crash a record may stand there twice.
 */
export class Quarantine {
  readonly #path: string

  constructor(root: string) {
    this.#path = path.join(root, 'quarantine.ndjson')
  }

  async keep(record: string, reason: string): Promise<void> {
    const line = JSON.stringify({ at: new Date().toISOString(), reason, record })
    await appendFile(this.#path, `${line}\n`, { mode: 0o600 })
  }
}
