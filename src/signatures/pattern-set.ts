import { Automaton } from './automaton'
import type { Pattern } from './pattern'
import { Place } from './pattern'

/** A text that is searched: bytes below 128, the first `length` of them. */
export interface Text {
  readonly bytes: Uint8Array
  length: number
  /** Where the query begins; `length` when there is none. */
  queryAt: number
}

const AMPERSAND = 0x26

/**
 * Many patterns, each standing for a signature, looked for in one pass over a text: one step for
 * each character, and one for each term that ends there, of which there are at most
 * `automaton.mostAtOnce`.
 */
export class PatternSet {
  readonly automaton: Automaton
  readonly #signature: Uint16Array
  /** Of each term: its pattern, which of the pattern's terms it is, what has to be around it. */
  readonly #pattern: Uint16Array
  readonly #index: Uint8Array
  readonly #length: Uint8Array
  readonly #group: Uint8Array
  readonly #groupEnd: Uint8Array
  readonly #place: Uint8Array
  readonly #word: Uint8Array
  readonly #isLast: Uint8Array
  /** Of each pattern: how many of its terms were found, up to where, in which part, of which text. */
  readonly #found: Uint8Array
  readonly #upTo: Uint32Array
  readonly #part: Uint32Array
  readonly #text: Float64Array
  #texts = 0

  /** `patterns` and, at the same index, the signature each stands for. */
  constructor(patterns: readonly Pattern[], signatures: readonly number[]) {
    const terms = patterns.flatMap((pattern, number) =>
      pattern.map((term, index) => ({ ...term, number, index, isLast: term === pattern.at(-1) })),
    )
    this.automaton = new Automaton(terms.map(({ text }) => text))
    this.#signature = Uint16Array.from(signatures)
    this.#pattern = Uint16Array.from(terms, ({ number }) => number)
    this.#index = Uint8Array.from(terms, ({ index }) => index)
    this.#length = Uint8Array.from(terms, ({ text }) => text.length)
    this.#group = Uint8Array.from(terms, ({ group }) => group)
    this.#groupEnd = Uint8Array.from(terms, ({ groupEnd }) => groupEnd)
    this.#place = Uint8Array.from(terms, ({ place }) => place)
    this.#word = Uint8Array.from(
      terms,
      ({ beginsWord, endsWord }) => +beginsWord | (+endsWord << 1),
    )
    this.#isLast = Uint8Array.from(terms, ({ isLast }) => +isLast)
    this.#found = new Uint8Array(patterns.length)
    this.#upTo = new Uint32Array(patterns.length)
    this.#part = new Uint32Array(patterns.length)
    this.#text = new Float64Array(patterns.length)
  }

  /** Adds the signatures that `text` matches to `matched`; answers how many steps that took. */
  match(text: Text, matched: number[]): number {
    const { column, columns, next, ends, words } = this.automaton
    const { bytes, length, queryAt } = text
    this.#texts++
    let state = 0
    let part = 0
    let steps = length
    for (let at = 0; at < length; at++) {
      const byte = bytes[at]!
      if (byte === AMPERSAND && at >= queryAt) part++
      state = next[state * columns + column[byte]!]!
      const last = ends[state + 1]!
      for (let word = ends[state]!; word < last; word++) {
        steps++
        this.#meet(words[word]!, text, at + 1, part, matched)
      }
    }
    return steps
  }

  /** A term was met that ends in front of `end`. */
  #meet(term: number, text: Text, end: number, part: number, matched: number[]): void {
    const start = end - this.#length[term]!
    const place = start < text.queryAt ? Place.Path : Place.Query
    if ((this.#place[term]! & place) === 0) return
    const word = this.#word[term]!
    if (word & 1 && start > 0 && isAlphanumeric(text.bytes[start - 1]!)) return
    if (word & 2 && end < text.length && isAlphanumeric(text.bytes[end]!)) return

    const pattern = this.#pattern[term]!
    if (this.#text[pattern] !== this.#texts) {
      this.#text[pattern] = this.#texts
      this.#found[pattern] = 0
      this.#upTo[pattern] = 0
    } else if (this.#part[pattern] !== part) {
      // What was found in another part of a group that is not complete does not count here.
      const isBegun = this.#found[pattern]! > this.#group[term]!
      if (isBegun && this.#found[pattern]! < this.#groupEnd[term]!) {
        this.#found[pattern] = this.#group[term]!
      }
    }
    if (this.#found[pattern] !== this.#index[term] || start < this.#upTo[pattern]!) return
    this.#found[pattern]!++
    this.#upTo[pattern] = end
    this.#part[pattern] = part
    const signature = this.#signature[pattern]!
    if (this.#isLast[term] && !matched.includes(signature)) matched.push(signature)
  }
}

/** Letters and digits, the mark of a number, and whatever is not ASCII. */
function isAlphanumeric(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x4e ||
    byte === 0x7f
  )
}
