import fs from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { errorIn, message } from './wire'

/** Most bytes one batch may answer; the engine cannot pause, so its answer is held as a whole. */
const MAX_ANSWER_BYTES = 128 * 2 ** 20

// Small buffers, because the system's cache holds the same pages. With less WAL than this,
// Postgres makes a checkpoint in the middle of every larger batch.
const SETTINGS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB']

export interface EngineOptions {
  /** Whether a commit waits for the disk, and so outlives a power cut; kill -9 it outlives anyway. */
  fsync: boolean
  /** Called when the engine has panicked (disk full or failing): it cannot run again, so end its thread. */
  onPanic(): never
}

/** PGlite on a folder, spoken to in whole protocol messages: one session for all who ask. */
export class Engine {
  /** What Postgres says to a client that has just connected: its parameters, and that it is ready. */
  readonly greeting: Buffer
  readonly #pglite: PGlite
  #answer: Buffer[] = []

  private constructor(pglite: PGlite) {
    this.#pglite = pglite
    this.greeting = Buffer.from(pglite.execProtocolRawSync(startupMessage()))
  }

  /** Opens the cluster in `folder`, or makes one when the folder is empty (3-8 s, 800 MB). */
  static async open(folder: string, { fsync, onPanic }: EngineOptions): Promise<Engine> {
    const settings = fsync ? [...SETTINGS, 'wal_sync_method=fsync'] : SETTINGS
    const said: string[] = []
    const opening = PGlite.create({
      fs: new Disk(folder, fsync, onPanic),
      startParams: [
        ...PGlite.defaultStartParams.filter((param) => !(fsync && param === '-F')),
        ...settings.flatMap((setting) => ['-c', setting]),
      ],
      onStderr(line) {
        const [, text] = /(?:FATAL|PANIC|DETAIL): +(.*)/.exec(line) ?? []
        if (text) said.push(text)
        return false
      },
    })
    const pglite = await opening.catch((error: Error) => {
      throw new Error([error.message, ...said].join('; '), { cause: error })
    })
    return new Engine(pglite)
  }

  /** Runs messages to their end; undefined when the answer is too large to be held. */
  run(messages: Buffer): Buffer | undefined {
    let length = 0
    this.#answer = []
    // All of it happens before this returns. Should it reject, the engine is broken: nobody
    // handles the rejection, which ends the thread and is reported from there.
    void this.#pglite.execProtocolRawStream(messages, {
      syncToFs: false,
      onRawData: (bytes) => {
        length += bytes.length
        // Copied: the bytes are a view on memory that the engine uses again.
        if (length <= MAX_ANSWER_BYTES) this.#answer.push(Buffer.from(bytes))
      },
    })
    return length <= MAX_ANSWER_BYTES ? Buffer.concat(this.#answer) : undefined
  }

  /** The error in the answer so far: when the engine ends by itself, the reason. */
  get lastError(): string | undefined {
    return errorIn(Buffer.concat(this.#answer))
  }

  async close(): Promise<void> {
    await this.#pglite.close()
  }
}

/** A folder of ours as PGlite's file system, with the fsync that PGlite leaves out. */
class Disk extends NodeFS {
  readonly #fsync: boolean
  readonly #onPanic: () => never

  constructor(folder: string, fsync: boolean, onPanic: () => never) {
    super(folder)
    this.#fsync = fsync
    this.#onPanic = onPanic
  }

  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...args)
    // Without this, PGlite goes on calling the aborted engine for ever.
    emscriptenOpts.onAbort = this.#onPanic
    emscriptenOpts.preRun?.push((module) => {
      if (this.#fsync) Object.assign(streamOperations(module.NODEFS), { fsync: fsyncStream })
    })
    return { emscriptenOpts }
  }
}

/** The file operations of Emscripten's NODEFS, which PGlite's types leave out. */
function streamOperations(nodefs: unknown): object {
  return (nodefs as { stream_ops: object }).stream_ops
}

/** Called by Postgres for each file that must be on the disk; `nfd` is Node's file descriptor. */
function fsyncStream(stream: { nfd?: number }): number {
  if (stream.nfd !== undefined) fs.fsyncSync(stream.nfd)
  return 0
}

/** Protocol 3.0; the engine has this one user and database, whatever clients ask for. */
function startupMessage(): Buffer {
  const version = Buffer.from([0, 3, 0, 0])
  // A startup message is a message without a type.
  return message(0, version, 'user\0postgres\0database\0postgres\0\0').subarray(1)
}
