import { JsonDocument } from './json-document'

/** What a list is read in: a line, or an object out of JSON. */
export interface Piece {
  kind: 'line' | 'json' | 'broken'
  /** Number of the line that it begins in, counted from 1. */
  line: number
  text: string
}

/** A longer line is cut here, so that memory stays bounded; JSON may be as long as it likes. */
const LINE_CHARACTERS = 64 * 1024

/** Where JSON begins; an address in brackets is none. */
const BEGINNING = /^\ufeff?\s*(?:\{|\[\s*(?:$|[[{"\]]))/

/**
 * Cuts the text of a list into pieces, as it comes: its lines, and where JSON begins, its objects,
 * whether there is one in each line or a document over many lines or within one.
 */
export class Pieces {
  #line = 1
  #rest = ''
  /** The rest of a line that was cut is passed over. */
  #isCut = false
  #document: JsonDocument | undefined
  #documentLine = 0

  /** Whether the text ended in the middle of a JSON document. */
  get isCutOff(): boolean {
    return this.#document !== undefined
  }

  *take(text: string): Generator<Piece> {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      if (this.#isCut) this.#isCut = false
      else yield* this.#takeLine(line, '\n')
      this.#line++
    }
    if (this.#rest.length <= LINE_CHARACTERS) return
    if (!this.#isCut) {
      yield* this.#takeLine(this.#rest, '')
      this.#isCut = this.#document === undefined
    }
    this.#rest = ''
  }

  /** What is left: the last line needs no newline. */
  *end(): Generator<Piece> {
    if (!this.#isCut && this.#rest !== '') yield* this.#takeLine(this.#rest, '\n')
  }

  *#takeLine(line: string, end: string): Generator<Piece> {
    const isWhole = end !== '' && /^\s*(?:\{.*\}|\[.*\])\s*$/.test(line) && isJson(line)
    // A whole object cannot stand in an object that holds no array yet: that one was cut off.
    if (this.#document && isWhole && !this.#document.hasArray) {
      yield { kind: 'broken', line: this.#documentLine, text: '' }
      this.#document = undefined
    }
    if (this.#document) return yield* this.#takeJson(line + end)

    if (isWhole) yield { kind: 'json', line: this.#line, text: line }
    else if (BEGINNING.test(line)) {
      this.#document = new JsonDocument(this.#line)
      this.#documentLine = this.#line
      yield* this.#takeJson(line + end)
    } else yield { kind: 'line', line: this.#line, text: line.slice(0, LINE_CHARACTERS) }
  }

  *#takeJson(text: string): Generator<Piece> {
    const document = this.#document!
    for (const { line, text: object } of document.take(text)) {
      yield { kind: 'json', line, text: object }
    }
    if (document.isComplete && text.endsWith('\n')) this.#document = undefined
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
