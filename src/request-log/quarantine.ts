import { appendFile, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../config'
import { type Address, parseAddress } from '../net/address'
import { parseNetwork } from '../net/network'
import { truncateAddress } from '../net/truncate'
import { senderOf, timeOf } from './entry'
import type { Erasures } from './erasures'
import { ignoreMissing } from './spool'

const MAX_BYTES = 16 * 1024 * 1024
const HOUR_MS = 3_600_000

/** What the settings say about what may be kept of people, and for how long. */
export type QuarantineLimits = Pick<Config, 'ipStorage' | 'anonymizeAfterHours' | 'retentionDays'>

/** A line of the file. */
export interface Kept {
  /** ISO 8601. */
  at: string
  reason: string
  record: string
}

/**
 * Keeps records that can never be written, with the reason, for a person to look at:
 * `quarantine.ndjson` in the spool's folder. After a crash a record may stand there twice. A full
 * file becomes `quarantine.old.ndjson`, in place of the one before: two files are all there is.
 * Addresses are kept as in the request log, but for pseudonyms: there the network stands instead.
 */
export class Quarantine {
  readonly #path: string
  readonly #oldPath: string
  readonly #limits: QuarantineLimits
  readonly #maxBytes: number

  constructor(root: string, limits: QuarantineLimits, maxBytes = MAX_BYTES) {
    this.#path = path.join(root, 'quarantine.ndjson')
    this.#oldPath = path.join(root, 'quarantine.old.ndjson')
    this.#limits = limits
    this.#maxBytes = maxBytes
  }

  async keep(record: string, reason: string): Promise<void> {
    const { optedOut } = senderOf(record)
    const isCut = optedOut || this.#limits.ipStorage !== 'full'
    const kept: Kept = {
      at: new Date().toISOString(),
      reason,
      record: isCut ? cut(record) : record,
    }
    await appendFile(this.#path, `${JSON.stringify(kept)}\n`, { mode: 0o600 })
    const { size } = await stat(this.#path)
    if (size >= this.#maxBytes) await rename(this.#path, this.#oldPath)
  }

  /** The records of `address`, the oldest first. */
  async of(address: Address): Promise<Kept[]> {
    const isTheirs = recordsOf(address)
    const found: Kept[] = []
    for (const file of [this.#oldPath, this.#path]) {
      for await (const line of linesOf(file)) {
        const kept = isTheirs(line) ? parse(line) : undefined
        if (kept) found.push(kept)
      }
    }
    return found
  }

  /** Removes the records of `address`. */
  async forget(address: Address): Promise<void> {
    const isTheirs = recordsOf(address)
    await this.#rewrite((line) => (isTheirs(line) ? undefined : line))
  }

  /**
   * Removes what is too old and what was erased, through whichever instance, and makes networks of
   * the addresses that are due.
   */
  async tidy(erasures: Pick<Erasures, 'cover'>, now = Date.now()): Promise<void> {
    const { anonymizeAfterHours, retentionDays } = this.#limits
    await this.#rewrite((line) => {
      const kept = parse(line)
      const hours = kept ? (now - Date.parse(kept.at)) / HOUR_MS : Number.POSITIVE_INFINITY
      if (!kept || hours > retentionDays * 24 || isErased(kept, erasures)) return undefined
      if (hours <= anonymizeAfterHours) return line
      return JSON.stringify({ ...kept, record: cut(kept.record) })
    })
  }

  async #rewrite(change: (line: string) => string | undefined): Promise<void> {
    for (const file of [this.#path, this.#oldPath]) {
      const text = await readFile(file, 'utf8').catch(ignoreMissing)
      if (!text) continue
      const lines = text.split('\n').filter(Boolean)
      const changed = lines.map(change).filter((line) => line !== undefined)
      const next = changed.map((line) => `${line}\n`).join('')
      if (next === text) continue
      await writeFile(`${file}.new`, next, { mode: 0o600 })
      await rename(`${file}.new`, file)
    }
  }
}

/**
 * Tells the lines of one address: those that it has sent, and those that name it and have no sender,
 * for a record that is none is only a text. A network that begins like the address is everybody's in it.
 */
function recordsOf(address: Address): (line: string) => boolean {
  const text = address.replaceAll('.', '\\.')
  const named = new RegExp(`(?<![\\w.:])${text}(?![\\w.:]|/\\d)`)
  return (line) => {
    if (!named.test(line)) return false
    const sender = parseNetwork(senderOf(parse(line)?.record ?? '').text)
    return sender === undefined || sender === (address as string)
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await open(file).catch(ignoreMissing)
  if (handle) yield* handle.readLines()
}

function isErased({ record, at }: Kept, erasures: Pick<Erasures, 'cover'>): boolean {
  const address = parseAddress(senderOf(record).text)
  const timestamp = timeOf(record) || Date.parse(at)
  return address !== undefined && erasures.cover({ address, timestamp })
}

/** A record with its sender's network; of one who opted out there is nothing more. */
function cut(record: string): string {
  const { text, optedOut } = senderOf(record)
  const address = parseAddress(text)
  if (!address) return record
  const network = truncateAddress(address)
  return optedOut ? JSON.stringify([network]) : record.replace(text, network)
}

function parse(line: string): Kept | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // Cut off by a crash.
  }
}
