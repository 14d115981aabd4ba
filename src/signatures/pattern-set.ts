import { Automaton } from './automaton'
import { Link, type Pattern, Place } from './pattern'

/** A text that is searched: bytes below 128, the first `length` of them. */
export interface Text {
  readonly bytes: Uint8Array
  length: number
  /** Where the query begins; `length` when there is none. */
  queryAt: number
}

const AMPERSAND = 0x26
const SLASH = 0x2f

/**
 * Many patterns, each standing for a signature, looked for in one pass over a text: one step for
 * each character, and one for each word that ends there, of which there are at most
 * `automaton.mostAtOnce`.
 */
export class PatternSet {
  readonly automaton: Automaton
  /** Of each word. */
  readonly #length: Uint8Array
  readonly #edges: Uint8Array
  readonly #term: Uint16Array
  /** Of each term; those of a pattern follow each other. */
  readonly #signature: Uint16Array
  readonly #place: Uint8Array
  readonly #isLast: Uint8Array
  readonly #link: Uint8Array
  /** Up to where the pattern was found so far, in which part of which text. */
  readonly #end: Uint32Array
  readonly #part: Uint32Array
  readonly #text: Float64Array
  /** Of each signature: the text that it matched last. */
  readonly #matched: Float64Array
  #texts = 0

  /** `patterns` and, at the same index, the signature each stands for. */
  constructor(patterns: readonly Pattern[], signatures: readonly number[]) {
    const terms = patterns.flatMap((pattern, index) =>
      pattern.map((term, at) => ({
        ...term,
        signature: signatures[index]!,
        isFirst: at === 0,
        isLast: at === pattern.length - 1,
      })),
    )
    const words = terms.flatMap((term, index) => term.words.map((word) => ({ ...word, index })))
    this.automaton = new Automaton(words.map(({ text }) => text))
    this.#length = Uint8Array.from(words, ({ text }) => text.length)
    this.#edges = Uint8Array.from(words, ({ isBeginning, isEnd }) => +isBeginning | (+isEnd << 1))
    this.#term = Uint16Array.from(words, ({ index }) => index)
    this.#signature = Uint16Array.from(terms, ({ signature }) => signature)
    this.#place = Uint8Array.from(terms, ({ place }) => place)
    this.#isLast = Uint8Array.from(terms, ({ isLast }) => +isLast)
    this.#link = Uint8Array.from(terms, ({ link, isFirst }) =>
      isFirst ? FIRST : LINKS.indexOf(link),
    )
    this.#end = new Uint32Array(terms.length)
    this.#part = new Uint32Array(terms.length)
    this.#text = new Float64Array(terms.length)
    this.#matched = new Float64Array(Math.max(0, ...signatures) + 1)
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
      state = next[state * columns + column[byte]!]!
      const last = ends[state + 1]!
      for (let word = ends[state]!; word < last; word++) {
        steps++
        this.#meet(words[word]!, text, at + 1, part, matched)
      }
      // A word that ends with the border ends the parameter in front of it.
      if (byte === AMPERSAND && at >= queryAt) part++
    }
    return steps
  }

  /** A word was met that ends in front of `end`. */
  #meet(word: number, text: Text, end: number, part: number, matched: number[]): void {
    const term = this.#term[word]!
    const signature = this.#signature[term]!
    if (this.#matched[signature] === this.#texts) return
    // Most words that are met are not the first, and what they continue was not found.
    if (this.#link[term] !== FIRST && this.#text[term - 1] !== this.#texts) return
    const start = end - this.#length[word]!
    const edges = this.#edges[word]!
    if (edges & 1 && start > 0 && isAlphanumeric(text.bytes[start - 1]!)) return
    if (edges & 2 && end < text.length && isAlphanumeric(text.bytes[end]!)) return
    const place = start < text.queryAt ? Place.Path : Place.Query
    if ((this.#place[term]! & place) === 0) return
    if (!this.#follows(term, text.bytes, start, part)) return
    if (!this.#isLast[term]) {
      this.#remember(term, end, part)
      return
    }
    this.#matched[signature] = this.#texts
    // Another spelling of the same target may have matched it before.
    if (!matched.includes(signature)) matched.push(signature)
  }

  /** Whether the term in front was found where a term that begins at `start` wants it. */
  #follows(term: number, bytes: Uint8Array, start: number, part: number): boolean {
    const link = this.#link[term]
    if (link === FIRST) return true
    const before = term - 1
    if (link === BEHIND) return this.#end[before] === start
    // A border may end one term and begin the next: `/a/ … /b` is `/a/b` as well.
    const from = bytes[start] === SLASH || bytes[start] === AMPERSAND ? start + 1 : start
    return this.#end[before]! <= from && (link === ANYWHERE || this.#part[before] === part)
  }

  /** The first place serves those who ask for something later, the last those who ask for behind. */
  #remember(term: number, end: number, part: number): void {
    const link = this.#link[term + 1]
    const isNew = this.#text[term] !== this.#texts
    if (!isNew && link === ANYWHERE) return
    if (!isNew && link !== BEHIND && this.#part[term] === part) return
    this.#text[term] = this.#texts
    this.#end[term] = end
    this.#part[term] = part
  }
}

const LINKS = Object.values(Link)
const BEHIND = LINKS.indexOf(Link.Behind)
const ANYWHERE = LINKS.indexOf(Link.Anywhere)
const FIRST = LINKS.length

/** Letters and digits, the mark of a number, and whatever is not ASCII. */
function isAlphanumeric(byte: number): boolean {
  const isLetter = byte >= 0x61 && byte <= 0x7a
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x4e || byte === 0x7f
}
