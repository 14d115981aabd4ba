import type { Address } from '../net/address'
import { within } from '../platform/patience'
import { NotWritten } from './not-written'
import type { DrainOrder, WriterReport } from './writer'

/** The orders to write all that was recorded before, until the writer has carried them out. */
export class Drains {
  readonly #open = new Map<number, { order: DrainOrder; done: (isDone: boolean) => void }>()
  #asked = 0

  /** Those that a writer who begins anew has to be told. */
  get orders(): DrainOrder[] {
    return Array.from(this.#open.values(), ({ order }) => order)
  }

  /**
   * Gives an order by `tell`, and resolves when it is carried out. Throws `NotWritten` when that takes
   * longer than `limitMs`, or when what was to be forgotten is remembered elsewhere.
   */
  async ask(
    tell: (order: DrainOrder) => void,
    limitMs: number,
    forget?: Address | 'places',
  ): Promise<void> {
    const order = { drain: ++this.#asked, forget }
    const drained = new Promise<boolean>((done) => this.#open.set(order.drain, { order, done }))
    tell(order)
    const isDone = await within(drained, limitMs).catch(() => undefined)
    this.#open.delete(order.drain)
    if (isDone === undefined) throw new NotWritten(`within ${limitMs} ms`)
    if (!isDone) throw new NotWritten('and forgotten everywhere: Redis does not answer')
  }

  heed({ drained, unforgotten }: Pick<WriterReport, 'drained' | 'unforgotten'>): void {
    if (unforgotten !== undefined) this.#open.get(unforgotten)?.done(false)
    if (drained === undefined) return
    for (const { order, done } of this.#open.values()) if (order.drain <= drained) done(true)
  }
}
