import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Address } from '../net/address'
import { ignoreMissing } from './spool'

const MAX_BYTES = 16 * 1024 * 1024

/**
 * Keeps records that can never be written, with the reason, for a person to look at:
 * `quarantine.ndjson` in the spool's folder. After a crash a record may stand there twice. A full
 * file becomes `quarantine.old.ndjson`, in place of the one before: two files are all there is.
 */
export class Quarantine {
  readonly #path: string
  readonly #oldPath: string
  readonly #maxBytes: number

  constructor(root: string, maxBytes = MAX_BYTES) {
    this.#path = path.join(root, 'quarantine.ndjson')
    this.#oldPath = path.join(root, 'quarantine.old.ndjson')
    this.#maxBytes = maxBytes
  }

  async keep(record: string, reason: string): Promise<void> {
    const line = `${JSON.stringify({ at: new Date().toISOString(), reason, record })}\n`
    await appendFile(this.#path, line, { mode: 0o600 })
    const { size } = await stat(this.#path)
    if (size >= this.#maxBytes) await rename(this.#path, this.#oldPath)
  }

  /** Removes the records that name `address`. */
  async forget(address: Address): Promise<void> {
    for (const file of [this.#path, this.#oldPath]) await removeLines(file, address)
  }
}

async function removeLines(file: string, address: Address): Promise<void> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing)
  if (!text?.includes(address)) return
  // Not inside a longer address: a record that is none is only a text.
  const named = new RegExp(`(?<![\\w.:])${address.replaceAll('.', '\\.')}(?![\\w.:])`)
  const kept = text.split('\n').filter((line) => !named.test(line))
  await writeFile(`${file}.new`, kept.join('\n'), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
