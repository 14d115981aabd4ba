/** The answer of an open breaker: the other side failed a moment ago and was not asked again. */
export class BreakerOpen extends Error {
  override name = 'BreakerOpen'
}

interface BreakerOptions {
  /** How long a failing neighbour is left alone. */
  coolMs: number
  /** Whether an error means that the neighbour is unwell; by default every error does. */
  isFailure?: (error: unknown) => boolean
  /** Called each time the breaker opens. */
  onOpen?: (error: unknown) => void
  /** Finds out after the pause whether the neighbour is well; without it the next call does. */
  probe?: () => Promise<unknown>
}

/**
 * Stops asking a neighbour that has just failed, so that its trouble costs one slow call per
 * `coolMs` and not one per request.
 *
 * After the pause a probe finds out; everybody is refused until it has succeeded. Without a probe
 * of its own, the breaker lets a single call through as one, which then waits for a neighbour that
 * may still be unwell. An action that never settles would keep it open: give it a timeout.
 */
export class Breaker {
  readonly #options: BreakerOptions
  #openUntil = 0

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get open(): boolean {
    return performance.now() < this.#openUntil
  }

  /** Runs `action`, or throws `BreakerOpen` at once. Errors of the action are passed on. */
  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.open) throw new BreakerOpen('not asked: it failed a moment ago')
    const probing = this.#openUntil > 0
    if (probing) this.#openUntil = Number.POSITIVE_INFINITY

    try {
      const result = await action()
      this.#openUntil = 0
      return result
    } catch (error) {
      if (this.#isFailure(error)) {
        this.#open()
        this.#options.onOpen?.(error)
      } else {
        this.#openUntil = 0
      }
      throw error
    }
  }

  #open(): void {
    const { coolMs, probe } = this.#options
    if (!probe) {
      this.#openUntil = performance.now() + coolMs
    } else if (this.#openUntil === 0) {
      this.#openUntil = Number.POSITIVE_INFINITY
      setTimeout(() => void this.#probe(probe), coolMs).unref()
    }
  }

  async #probe(probe: () => Promise<unknown>): Promise<void> {
    const isWell = await probe().then(
      () => true,
      (error) => !this.#isFailure(error),
    )
    this.#openUntil = 0
    if (!isWell) this.#open()
  }

  #isFailure(error: unknown): boolean {
    return this.#options.isFailure?.(error) ?? true
  }
}
