/** What is smaller is made as quickly as it is found. */
const LEAST_BYTES = 64 * 1024
/** Most buffers that are kept: those of two batches, one that is made ready while the other is sent. */
const MOST = 4

/**
 * Large buffers that are used again. Made anew for each batch they cost a fifth of making it ready
 * (`bench/copy.ts`): the system clears their pages, and V8 collects all garbage whenever enough of
 * them were made.
 */
export class SpareMemory {
  /** The smallest first. */
  readonly #spare: Buffer[] = []

  /** A buffer of at least so many bytes, which may hold anything. */
  take(bytes: number): Buffer {
    const at = this.#spare.findIndex(({ length }) => length >= bytes)
    return at < 0 ? Buffer.allocUnsafeSlow(bytes) : this.#spare.splice(at, 1)[0]!
  }

  /** Takes back a buffer that nobody reads any more, or a part that stands for all of it. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength < LEAST_BYTES) return
    this.#spare.push(Buffer.from(buffer))
    this.#spare.sort((a, b) => a.length - b.length)
    if (this.#spare.length > MOST) this.#spare.shift()
  }
}
