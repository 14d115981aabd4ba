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
}

/**
 * Stops asking a neighbour that has just failed, so that its trouble costs one slow call per
 * `coolMs` and not one per request.
 *
 * After the pause a single call goes through as a probe; everybody else is refused until it
 * has succeeded. An action that never settles would keep the breaker open: give it a timeout.
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
      if (this.#options.isFailure?.(error) ?? true) {
        this.#openUntil = performance.now() + this.#options.coolMs
        this.#options.onOpen?.(error)
      } else {
        this.#openUntil = 0
      }
      throw error
    }
  }
}
