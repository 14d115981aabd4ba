import { countBits, estimate } from '../../request-log/sketch'

/** A template of a path, by its hash, or a signature, by its name. */
export type Subject = number | string

/** What is known of one subject: which networks were served, and to whom it seemed a fault; 64 bits of a sketch each. */
export interface Known {
  subject: Subject
  served: Uint32Array
  faults: Uint32Array
}

/** Subjects that are remembered; of more, those that come later are as if never seen. */
const MOST_SUBJECTS = 200_000

/** Two words for the networks that were served, and two for those to which it seemed a fault. */
const WORDS = 4
const SERVED = 0
const FAULTS = 2

/** People are known like a page that only they are served; no signature has this name. */
const PEOPLE = ''

/**
 * Which subjects were seen by which networks. A network is one of 64 bits, so that two may be the
 * same, and nobody can tell who they were; what is known of several hours is joined by a bitwise or.
 */
export class SiteKnowledge {
  readonly #slots = new Map<Subject, number>()
  #words = new Uint32Array(WORDS * 1_024)

  /** A person came from the network that is this bit. */
  sawPerson(network: number): void {
    this.noteServed(PEOPLE, network)
  }

  noteServed(subject: Subject, network: number): void {
    this.#note(subject, SERVED, network)
  }

  noteFault(subject: Subject, network: number): void {
    this.#note(subject, FAULTS, network)
  }

  /** Adds what was known elsewhere. */
  add({ subject, served, faults }: Known): void {
    const slot = this.#slotOf(subject)
    if (slot === undefined) return
    for (let i = 0; i < 2; i++) {
      this.#words[slot + SERVED + i]! |= served[i]!
      this.#words[slot + FAULTS + i]! |= faults[i]!
    }
  }

  /** What is known of signatures, and of people. */
  signatures(): Known[] {
    const slots = [...this.#slots].filter(([subject]) => typeof subject === 'string')
    return slots.map(([subject, slot]) => this.#knownAt(subject, slot))
  }

  /** All that is known, the best known first, `most` at most. */
  list(most: number): Known[] {
    // By the number of bits, of which there are few, in place of sorting 200,000 subjects in one breath.
    const byBits: [Subject, number][][] = Array.from({ length: 32 * WORDS + 1 }, () => [])
    for (const known of this.#slots) byBits[this.#bits(known[1])]!.push(known)
    const best = byBits.reverse().flat().slice(0, most)
    return best.map(([subject, slot]) => this.#knownAt(subject, slot))
  }

  /** Networks to which a subject was served, here or as `other` knows it, but for one. */
  servedTo(subject: Subject, other: SiteKnowledge, except?: number): number {
    return this.#countBoth(subject, SERVED, other, except)
  }

  /** Networks to whose people a subject seemed a fault, but for one. */
  faultsOf(subject: Subject, other: SiteKnowledge, except?: number): number {
    return this.#countBoth(subject, FAULTS, other, except)
  }

  /** About how many networks people came from; no more than some 270 can be told. */
  people(other: SiteKnowledge): number {
    return estimate([this.servedTo(PEOPLE, other)])
  }

  #knownAt(subject: Subject, slot: number): Known {
    return {
      subject,
      served: this.#words.slice(slot + SERVED, slot + SERVED + 2),
      faults: this.#words.slice(slot + FAULTS, slot + FAULTS + 2),
    }
  }

  #note(subject: Subject, what: number, network: number): void {
    const slot = this.#slotOf(subject)
    if (slot !== undefined) setBit(this.#words, slot + what, network)
  }

  #countBoth(subject: Subject, what: number, other: SiteKnowledge, except?: number): number {
    let bits = 0
    for (let word = 0; word < 2; word++) {
      let seen = this.#word(subject, what + word) | other.#word(subject, what + word)
      if (except !== undefined && except >>> 5 === word) seen &= ~bitOf(except)
      bits += countBits(seen)
    }
    return bits
  }

  #bits(slot: number): number {
    let bits = 0
    for (let word = 0; word < WORDS; word++) bits += countBits(this.#words[slot + word]!)
    return bits
  }

  #word(subject: Subject, nth: number): number {
    const slot = this.#slots.get(subject)
    return slot === undefined ? 0 : this.#words[slot + nth]!
  }

  #slotOf(subject: Subject): number | undefined {
    const known = this.#slots.get(subject)
    if (known !== undefined || this.#slots.size === MOST_SUBJECTS) return known
    const slot = WORDS * this.#slots.size
    if (slot === this.#words.length) {
      const larger = new Uint32Array(2 * slot)
      larger.set(this.#words)
      this.#words = larger
    }
    this.#slots.set(subject, slot)
    return slot
  }
}

function setBit(words: Uint32Array, from: number, bit: number): void {
  words[from + (bit >>> 5)]! |= bitOf(bit)
}

function bitOf(bit: number): number {
  return 0x8000_0000 >>> (bit & 31)
}
