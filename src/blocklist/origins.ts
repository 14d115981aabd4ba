import type { BlockedIP } from '../../models/blocked-ip'

/** What many blocks have in common. */
export interface Origin {
  readonly reason: string
  readonly source: BlockedIP['source']
  /** The list an imported block came from. */
  readonly sourceName: string | null
}

/** Origins that are kept ready; the others are read again from their bytes. */
const MOST_READY = 1_000
const FIRST_BYTES = 256

/** As bytes: JSON texts one behind the other, and where each ends. */
export interface PackedOrigins {
  texts: Uint8Array<ArrayBuffer>
  ends: Uint32Array<ArrayBuffer>
}

/**
 * Why blocks are in force, each origin held once, as bytes: however many there are, they cost what
 * they say. Only grows, so that snapshots made one from the other can share it.
 */
export class Origins {
  #texts: Uint8Array<ArrayBuffer>
  #ends: Uint32Array<ArrayBuffer>
  #count: number
  readonly #places = new Map<string, number>()
  readonly #ready = new Map<number, Origin>()

  /** Origins that are added are not looked for among the packed ones. */
  constructor(
    { texts, ends }: PackedOrigins = {
      texts: new Uint8Array(FIRST_BYTES),
      ends: new Uint32Array(FIRST_BYTES / 4),
    },
    count = 0,
  ) {
    this.#texts = texts
    this.#ends = ends
    this.#count = count
  }

  static from(packed: PackedOrigins): Origins {
    return new Origins(packed, packed.ends.length)
  }

  /** The place of an origin, which is added when it is new. */
  placeOf({ reason, source, sourceName }: Origin): number {
    const text = JSON.stringify([reason, source, sourceName])
    let place = this.#places.get(text)
    if (place === undefined) {
      place = this.#append(Buffer.from(text))
      this.#places.set(text, place)
    }
    return place
  }

  at(place: number): Origin {
    let origin = this.#ready.get(place)
    if (origin === undefined) {
      if (this.#ready.size >= MOST_READY) this.#ready.clear()
      origin = this.#read(place)
      this.#ready.set(place, origin)
    }
    return origin
  }

  /** A copy of what there is now. */
  pack(): PackedOrigins {
    return {
      texts: this.#texts.slice(0, this.#endOf(this.#count - 1)),
      ends: this.#ends.slice(0, this.#count),
    }
  }

  #append(text: Uint8Array): number {
    const from = this.#endOf(this.#count - 1)
    const to = from + text.length
    if (to > this.#texts.length) {
      const larger = new Uint8Array(2 * to)
      larger.set(this.#texts)
      this.#texts = larger
    }
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#count + 1)
      larger.set(this.#ends)
      this.#ends = larger
    }
    this.#texts.set(text, from)
    this.#ends[this.#count] = to
    return this.#count++
  }

  #read(place: number): Origin {
    const bytes = this.#texts.subarray(this.#endOf(place - 1), this.#endOf(place))
    const [reason, source, sourceName] = JSON.parse(Buffer.from(bytes).toString())
    return { reason, source, sourceName }
  }

  #endOf(place: number): number {
    return place < 0 ? 0 : this.#ends[place]!
  }
}
