/** An object that names an address is far smaller. */
const LONGEST = 64 * 1024

/** Arrays whose items are no entries: decisions that were lifted, and what an alert has seen. */
const NO_ENTRIES = new Set(['deleted', 'events'])

/** Long enough for a member's name in front of its array. */
const NAME_CHARACTERS = 40

/** An object of a document: its text, and the line that it begins in. */
export interface Found {
  line: number
  text: string
}

/**
 * Finds the entries in a JSON document of any length, as it comes: the innermost objects that are
 * items of an array. It holds one of them at a time, so that an array of a million in a single
 * line costs nothing.
 */
export class JsonDocument {
  /** Whether all that was opened is closed again. */
  get isComplete(): boolean {
    return this.#depth === 0
  }
  hasArray = false
  #line: number
  #depth = 0
  #inText = false
  #escaped = false
  /** The last character that is not blank. */
  #before = ''
  /** The end of what came before, for the name in front of an array. */
  #tail = ''
  /** Depth of an array that is passed over. */
  #skipped = 0
  /** The object that is being read. */
  #kept: Found | undefined

  constructor(line: number) {
    this.#line = line
  }

  *take(text: string): Generator<Found> {
    /** Where the part of the object begins that is not kept yet. */
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at]!
      if (character === '\n') this.#line++
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false
        else if (character === '\\') this.#escaped = true
        else this.#inText = character !== '"'
        continue
      }
      switch (character) {
        case '{':
          this.#depth++
          // Inside another object it is a member, and makes the outer one no innermost.
          this.#kept = undefined
          if (this.#skipped === 0 && this.#before !== ':') {
            this.#kept = { line: this.#line, text: '' }
            from = at
          }
          break
        case '[':
          this.#depth++
          this.hasArray = true
          this.#kept = undefined
          if (this.#skipped === 0 && NO_ENTRIES.has(this.#nameBefore(text, at))) {
            this.#skipped = this.#depth
          }
          break
        case '}':
          if (this.#kept) yield { ...this.#kept, text: this.#kept.text + text.slice(from, at + 1) }
          this.#close()
          break
        case ']':
          this.#close()
          break
        case '"':
          this.#inText = true
      }
      if (character > ' ') this.#before = character
    }
    if (this.#kept) this.#kept.text = (this.#kept.text + text.slice(from)).slice(0, LONGEST)
    this.#tail = (this.#tail + text.slice(-NAME_CHARACTERS)).slice(-NAME_CHARACTERS)
  }

  #close(): void {
    this.#kept = undefined
    if (this.#skipped === this.#depth) this.#skipped = 0
    this.#depth = Math.max(0, this.#depth - 1)
  }

  #nameBefore(text: string, at: number): string {
    const before = this.#tail + text.slice(Math.max(0, at - NAME_CHARACTERS), at)
    return /"(\w+)"\s*:\s*$/.exec(before)?.[1] ?? ''
  }
}
