/** Texts are bytes below this: ASCII, with one value for everything else. */
const BYTES = 128
/** A state is two bytes of the table. */
const MOST_STATES = 65_536

/**
 * Finds all of many literal texts in one pass, by the automaton of Aho and Corasick ("Efficient
 * string matching: an aid to bibliographic search", 1975) with its failure links resolved into one
 * table: one look-up per character, whatever the text, however many words.
 */
export class Automaton {
  /** Which column of the table a byte has; bytes that no word has share column 0. */
  readonly column: Uint8Array
  readonly columns: number
  /** The state that follows, by state and column. */
  readonly next: Uint16Array
  /** Where the words that end in a state begin in `words`; one more than there are states. */
  readonly ends: Uint32Array
  /** Indexes of words, the longest of a state first. */
  readonly words: Uint16Array

  /** Throws when the words need more states than the table can name. */
  constructor(words: readonly string[]) {
    this.column = columnsOf(words)
    this.columns = Math.max(...this.column) + 1
    const trie = new Trie(words)
    if (trie.size > MOST_STATES) throw new Error(`${trie.size} states are too many for the table`)
    this.next = new Uint16Array(trie.size * this.columns)
    const ending = this.#link(trie)
    this.ends = new Uint32Array(trie.size + 1)
    for (const [state, indexes] of ending.entries()) {
      this.ends[state + 1] = this.ends[state]! + indexes.length
    }
    this.words = Uint16Array.from(ending.flat())
  }

  /** Most words that can end at one place: with it, all work for a text is bounded by its length. */
  get mostAtOnce(): number {
    let most = 0
    for (let state = 1; state < this.ends.length; state++) {
      most = Math.max(most, this.ends[state]! - this.ends[state - 1]!)
    }
    return most
  }

  /** Fills the table, breadth first; answers the words that end in each state. */
  #link(trie: Trie): number[][] {
    const failure = new Uint16Array(trie.size)
    const ending: number[][] = Array.from(trie.ending, (own) => [...own])
    const queue = [0]
    for (const state of queue) {
      const fallback = failure[state]!
      if (state !== 0) ending[state]!.push(...ending[fallback]!)
      // The row of a shorter suffix is complete already: it stands for all failure links behind it.
      const row = state * this.columns
      if (state !== 0) {
        this.next.copyWithin(row, fallback * this.columns, (fallback + 1) * this.columns)
      }
      for (const [byte, child] of trie.children[state]!) {
        const column = this.column[byte]!
        failure[child] = state === 0 ? 0 : this.next[row + column]!
        this.next[row + column] = child
        queue.push(child)
      }
    }
    return ending
  }
}

class Trie {
  readonly children: Map<number, number>[] = [new Map()]
  readonly ending: number[][] = [[]]

  constructor(words: readonly string[]) {
    for (const [index, word] of words.entries()) this.#add(word, index)
  }

  get size(): number {
    return this.children.length
  }

  #add(word: string, index: number): void {
    let state = 0
    for (let at = 0; at < word.length; at++) {
      const byte = word.charCodeAt(at)
      let child = this.children[state]!.get(byte)
      if (child === undefined) {
        child = this.children.push(new Map()) - 1
        this.ending.push([])
        this.children[state]!.set(byte, child)
      }
      state = child
    }
    this.ending[state]!.push(index)
  }
}

function columnsOf(words: readonly string[]): Uint8Array {
  const columns = new Uint8Array(BYTES)
  let count = 0
  for (const word of words) {
    for (let at = 0; at < word.length; at++) columns[word.charCodeAt(at)] ||= ++count
  }
  return columns
}
