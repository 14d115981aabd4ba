import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { type Known, pack, unpack } from './packed'

const NAME = 'blocklist.snapshot'

/** The last known list in a file, for a start without the database: whole, or not there. */
export class SnapshotFile {
  readonly #path: string

  constructor(folder: string) {
    this.#path = path.join(folder, NAME)
  }

  /** Puts the snapshot in place of the former one in one step; throws when the disk does not let it. */
  async write(known: Known): Promise<void> {
    const temporary = `${this.#path}.${process.pid}`
    await mkdir(path.dirname(this.#path), { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'w', 0o600)
    try {
      // Piece by piece: packing a long list takes a while, during which others get their turn.
      for (const piece of pack(known)) await file.write(piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.#path)
  }

  /** The snapshot that was written last, undefined when there is none; throws when it is torn. */
  async read(): Promise<Known | undefined> {
    try {
      return unpack(await readFile(this.#path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
}
