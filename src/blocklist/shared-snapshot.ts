import type { Network } from '../net/network'
import type { Cache } from '../platform/cache'
import { type Block, Snapshot } from './snapshot'

const KEY = 'blocklist'
/** Blocks in one value: small enough to be written well within a command's time limit. */
const BLOCKS_PER_PART = 2_000
const KEPT_SECONDS = 7 * 86_400

/** Which parts belong together. */
interface Contents {
  revision: number
  parts: number
  allowed: Network[]
}

interface Part {
  revision: number
  blocks: Block[]
}

/** The newest snapshot in a shared cache, for an instance that starts while the database is away. */
export class SharedSnapshot {
  readonly #cache: Cache

  constructor(cache: Cache) {
    this.#cache = cache
  }

  /** Writes the snapshot of `revision` part by part; never throws. */
  async write(snapshot: Snapshot, revision: number): Promise<void> {
    let parts = 0
    for (const blocks of inParts(snapshot.blocks(Date.now()))) {
      await this.#set(`${KEY}:${parts++}`, { revision, blocks } satisfies Part)
    }
    const allowed = [...snapshot.allowed()]
    await this.#set(KEY, { revision, parts, allowed } satisfies Contents)
  }

  /** The snapshot that was written last; undefined when there is none or a part of it is missing. */
  async read(): Promise<Snapshot | undefined> {
    const contents = await this.#get<Contents>(KEY)
    if (!contents) return undefined

    const blocks: Block[] = []
    for (let i = 0; i < contents.parts; i++) {
      const part = await this.#get<Part>(`${KEY}:${i}`)
      if (part?.revision !== contents.revision) return undefined
      blocks.push(...part.blocks.map(revive))
    }
    return Snapshot.of(blocks, contents.allowed)
  }

  async #set(key: string, value: unknown): Promise<void> {
    await this.#cache.setMany([[key, JSON.stringify(value)]], KEPT_SECONDS)
  }

  async #get<Value>(key: string): Promise<Value | undefined> {
    const [text] = await this.#cache.getMany([key])
    return text === undefined ? undefined : JSON.parse(text)
  }
}

function* inParts(blocks: Iterable<Block>): Generator<Block[]> {
  let part: Block[] = []
  for (const block of blocks) {
    part.push(block)
    if (part.length < BLOCKS_PER_PART) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}

/** JSON has no dates. */
function revive(block: Block): Block {
  return { ...block, expiresAt: block.expiresAt && new Date(block.expiresAt) }
}
