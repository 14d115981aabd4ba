import type { Tally } from '../hour/tally'

/** How often a page is asked for is told apart as once, twice, up to 4, 8, … times. */
const TIMES = 8
/** Per template: clients that missed it, and those that were served it by how often they asked. */
const WIDTH = TIMES + 1
const NINE_IN_TEN = 0.9

/** Which templates clients were served and missed, and how often they ask for the same. */
export class TemplateUse {
  readonly #places = new Map<number, number>()
  #counts = new Uint32Array(1_024 * WIDTH)

  add(tally: Tally): void {
    const times = Math.min(TIMES - 1, Math.ceil(Math.log2(timesEach(tally))))
    for (const template of tally.served) this.#counts[this.#place(template) + 1 + times]!++
    for (const template of tally.missed) this.#counts[this.#place(template)]!++
  }

  missedBy(template: number): number {
    const place = this.#places.get(template)
    return place === undefined ? 0 : this.#counts[place]!
  }

  servedTo(template: number): number {
    const place = this.#places.get(template)
    if (place === undefined) return 0
    let clients = 0
    for (let times = 0; times < TIMES; times++) clients += this.#counts[place + 1 + times]!
    return clients
  }

  /** How often nine in ten of its clients ask for the same path at most. */
  repeats(template: number): number {
    const enough = NINE_IN_TEN * this.servedTo(template)
    const place = this.#places.get(template)
    if (place === undefined) return 1
    let times = 0
    for (let clients = 0; times < TIMES; times++) {
      clients += this.#counts[place + 1 + times]!
      if (clients >= enough) break
    }
    return 2 ** times
  }

  #place(template: number): number {
    const known = this.#places.get(template)
    if (known !== undefined) return known
    const place = this.#places.size * WIDTH
    if (place === this.#counts.length) {
      const larger = new Uint32Array(this.#counts.length * 2)
      larger.set(this.#counts)
      this.#counts = larger
    }
    this.#places.set(template, place)
    return place
  }
}

/** How often a client asks for the same path. */
export function timesEach({ requests, paths }: Tally): number {
  return requests / Math.max(1, paths)
}

/** How many templates a client asked for, each counted once, as far as its samples tell. */
export function templatesOf({ served, missed }: Tally): number {
  return missed.reduce(
    (templates, template) => (served.includes(template) ? templates : templates + 1),
    served.length,
  )
}
