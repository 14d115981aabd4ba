import { readFile, stat } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { Reader } from 'maxmind'
import type { Logger } from '../platform/logger'
import { mmdbEdition } from './mmdb-metadata'

/** How often a watched file is looked at; it counts as changed when two looks see the same change. */
const LOOK_EVERY_MS = 10_000

/** Most decoded rows kept in memory. */
const ROWS_KEPT = 10_000

/** An address that is read from each new file, for one that is broken in its middle to be noticed. */
const PROBE = '8.8.8.8'

interface Watch {
  log: Pick<Logger, 'info' | 'warn'>
  /** A new file is in force. */
  onChange(): void
  lookEveryMs?: number
}

/**
 * A file in MaxMind's format, read into memory when it is first asked for: most sites never see
 * the 71 MB with the IPv6 addresses. A file that cannot be read makes `reader` throw, each time
 * without reading it again.
 *
 * With `watch` the file is read again when it has changed and then stayed as it is for one look,
 * so that a copy in progress is left alone. A file that is gone, cut off, or no mmdb file any more
 * is told of once, and what is in memory stays in force.
 */
export class MmdbFile {
  readonly #path: string
  readonly #watch: Watch | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #reading?: Promise<Reader<object>>
  #reader?: Reader<object>
  #edition: string | undefined
  /** The file as it was when it was last read, whether it could be used or not. */
  #read?: string
  /** The file as the last look saw it. */
  #seen?: string

  constructor(path: string, watch?: Watch) {
    this.#path = path
    this.#watch = watch
    const { lookEveryMs = LOOK_EVERY_MS } = watch ?? {}
    this.#timer = watch && setInterval(() => void this.#look(), lookEveryMs).unref()
  }

  /** What is in memory, or the reading of it. */
  reader(): Reader<object> | Promise<Reader<object>> {
    this.#reading ??= this.#readFirst()
    return this.#reader ?? this.#reading
  }

  /** Of the file in memory, or else of the one on disk. */
  get edition(): string {
    this.#edition ??= editionOf(this.#path)
    return this.#edition
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #readFirst(): Promise<Reader<object>> {
    this.#read = await stampOf(this.#path)
    this.#reader = await readMmdb(this.#path)
    return this.#reader
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#path)
    const settled = stamp === this.#seen
    this.#seen = stamp
    // Nobody has asked yet: whoever does reads what is there then.
    if (!settled || this.#read === undefined || stamp === this.#read) return
    this.#read = stamp
    await this.#readAgain()
  }

  async #readAgain(): Promise<void> {
    const file = this.#path
    try {
      this.#reader = await readMmdb(file)
      this.#edition = undefined
      const built = this.#reader.metadata.buildEpoch
      this.#watch?.log.info({ file, built }, 'geo: the file has changed and is in force')
      this.#watch?.onChange()
    } catch (error) {
      const { message } = error as Error
      this.#watch?.log.warn(
        { file, error: message },
        'geo: the file has changed and cannot be used; what was read before stays in force',
      )
    }
  }
}

/** Throws when the file is not there, not whole, or not in the format. */
async function readMmdb(path: string): Promise<Reader<object>> {
  const reader = new Reader<object>(await readFile(path), {
    cache: new LRUCache({ max: ROWS_KEPT }),
  })
  reader.get(PROBE)
  return reader
}

/** Differs when a file was replaced, rewritten or removed. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return [ino, size, mtimeMs].join()
  } catch {
    return 'missing'
  }
}

function editionOf(path: string): string {
  try {
    return mmdbEdition(path)
  } catch {
    return 'missing'
  }
}
