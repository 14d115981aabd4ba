/**
 * What has been opened, in order, so that it can be closed in reverse.
 *
 * Used by whoever opens several things of which each needs those before it.
 */
export class Opened {
  readonly #closers: (() => unknown)[] = []

  /** Remembers how `thing` is closed, and hands it back. */
  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#closers.push(() => close(thing))
    return thing
  }

  /**
   * Closes everything, the last opened first, one after the other. A close that fails does not
   * keep the rest open; the failures are thrown together at the end. A second call finds nothing
   * left to close.
   */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, 'several things failed to close')
  }
}
