import { requestPath } from '../../net/request-path'

const ONE = '*'
const REST = '**'
const LONGEST = 500

/** Text that is not a path pattern; `message` is a sentence for the person who wrote it. */
export class InvalidPattern extends Error {
  override name = 'InvalidPattern'
}

/**
 * Paths as a person names them: whole segments, `*` for any one segment, and `**` at the end for
 * whatever follows, also nothing: `/users/*` covers `/users/7` and not `/users/7/mail`, `/health/**`
 * covers `/health` and `/health/db`.
 *
 * No regular expression: whoever may dismiss a finding must not be able to stop the detection.
 * Matching takes one look at each segment.
 */
export class PathPattern {
  readonly text: string
  readonly #segments: readonly string[]
  readonly #open: boolean

  private constructor(segments: string[]) {
    this.text = `/${segments.join('/')}`
    this.#open = segments.at(-1) === REST
    this.#segments = this.#open ? segments.slice(0, -1) : segments
  }

  /** Throws `InvalidPattern` for what is none, or covers whatever there is. */
  static parse(text: string): PathPattern {
    const wrong = objectionTo(text)
    if (wrong) throw new InvalidPattern(`"${text.slice(0, 80)}" ${wrong}`)
    const segments = requestPath(text).slice(1).split('/')
    if (segments[0] === '' || segments[0]!.includes(ONE)) {
      throw new InvalidPattern(`"${text}" must name its first segment: it would cover everything.`)
    }
    return new PathPattern(segments)
  }

  /** Whether it covers a path in its canonical spelling (`requestPath`). */
  covers(path: string): boolean {
    const asked = path.slice(1).split('/')
    const known = this.#segments
    if (this.#open ? asked.length < known.length : asked.length !== known.length) return false
    return known.every((segment, nth) => segment === ONE || segment === asked[nth])
  }
}

/** The rest of a sentence that begins with the text. */
function objectionTo(text: string): string | undefined {
  if (!text.startsWith('/')) return 'is not a path: begin with /.'
  if (text.length > LONGEST) return `is longer than ${LONGEST} characters.`
  if (/[?#]/.test(text)) return 'has a query; a pattern is about the path alone.'
  const segments = text.replace(/\/+$/, '').split('/')
  if (segments.slice(0, -1).includes(REST)) return `has ${REST} before its end.`
  const mixed = segments.some((one) => one.includes(ONE) && one !== ONE && one !== REST)
  return mixed ? `has a ${ONE} inside a segment; it stands for a whole one.` : undefined
}
