import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '../platform/redis'
import { type Known, pack, readHead, unpack } from './packed'

const KEY = 'blocklist:snapshot'
/** Bytes of one command: written well within its time limit. */
const CHUNK_BYTES = 128 * 1024
/** After which a snapshot that nobody finished writing is gone. */
const UNFINISHED_SECONDS = 600
const HEAD_BYTES = 64

/** The last known list in Redis, for the start of any instance without the database. */
export class SharedSnapshot {
  readonly #redis: RedisConnection

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  /**
   * Puts the snapshot in place of the former one in one step, unless another instance has written
   * the same list. Throws when Redis does not take it.
   */
  async write(known: Known): Promise<void> {
    const head = await this.#read(0, HEAD_BYTES)
    if (readHead(head)?.revision === known.revision) return

    const temporary = `${KEY}:${randomUUID()}`
    for (const chunk of inChunks(pack(known))) {
      await this.#redis.run((redis) => redis.append(temporary, chunk))
      await this.#redis.run((redis) => redis.expire(temporary, UNFINISHED_SECONDS))
    }
    await this.#redis.run((redis) => redis.persist(temporary))
    await this.#redis.run((redis) => redis.rename(temporary, KEY))
  }

  /** The snapshot that was written last, undefined when there is none; throws when it is torn. */
  async read(): Promise<Known | undefined> {
    const chunks: Buffer[] = []
    for (let at = 0; ; at += CHUNK_BYTES) {
      const chunk = await this.#read(at, CHUNK_BYTES)
      chunks.push(chunk)
      if (chunk.length < CHUNK_BYTES) break
    }
    const bytes = Buffer.concat(chunks)
    return bytes.length > 0 ? unpack(bytes) : undefined
  }

  #read(at: number, length: number): Promise<Buffer> {
    return this.#redis.run((redis) => redis.getrangeBuffer(KEY, at, at + length - 1))
  }
}

/** Puts pieces together, and cuts them, so that each has `CHUNK_BYTES` but the last. */
function* inChunks(pieces: Iterable<Uint8Array>): Generator<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let filled = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(piece.length - at, CHUNK_BYTES - filled)
      chunk.set(piece.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < CHUNK_BYTES) continue
      // A copy: the command may still be on its way when the next chunk is filled.
      yield Buffer.from(chunk)
      filled = 0
    }
  }
  if (filled > 0) yield Buffer.from(chunk.subarray(0, filled))
}
