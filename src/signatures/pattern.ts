/** One literal text that has to occur, and where. */
export interface Term {
  readonly text: string
  /** A word begins here: no letter or digit stands in front of it. */
  readonly beginsWord: boolean
  /** A word ends here: no letter or digit follows. */
  readonly endsWord: boolean
  /** The path, the query, or both; what has neither (an agent) counts as a path. */
  readonly place: Place
  /** Of the terms that have to occur in one part: the first one's index, and the one behind the last. */
  readonly group: number
  readonly groupEnd: number
}

export enum Place {
  Path = 1,
  Query = 2,
  Either = 3,
}

/** The terms of a pattern; all of them have to occur, one behind the other. */
export type Pattern = readonly Term[]

/** Stands for any number; a pattern that has it is looked for where numbers are folded. */
export const NUMBER = 'N'

const ALPHANUMERIC = /[a-z0-9N]/

/**
 * Reads a pattern of the pack. What can be written:
 *
 * - Literal text in lower case, as it stands in a *plain* target (`plain-target.ts`). The path has
 *   `^` in front and `/` at its end, so that `/x/` is a whole segment, `/x` begins one, `.bak/` ends
 *   one, and `^/x` is the first. The query is `&` between, in front of and behind its parameters, so
 *   that `&x=` is a parameter, and `=x&` a whole value.
 * - Where the text begins or ends with a letter or a digit, a word begins or ends: `/.env` is also
 *   `/.env.local` and not `/.environment`. A `*` there lifts that: `phpmyadmin*`.
 * - `N` is any number of digits: `or N=N`.
 * - `a … b`: first a, later b, in the path or within one parameter.
 * - `a & b`: first a, later b, wherever; of a pattern of the path, b is in the query.
 */
export function parsePattern(source: string, place: Place): Pattern {
  const terms: Term[] = []
  for (const [index, part] of source.split(' & ').entries()) {
    const texts = part.split(' … ')
    const group = terms.length
    const groupEnd = group + texts.length
    const where = index > 0 && place === Place.Path ? Place.Query : place
    for (const text of texts) terms.push({ ...parseText(text), place: where, group, groupEnd })
  }
  return terms
}

/** Whether a pattern is about numbers. */
export function hasNumber(source: string): boolean {
  return source.includes(NUMBER)
}

function parseText(source: string): Pick<Term, 'text' | 'beginsWord' | 'endsWord'> {
  const text = source.replace(/^\*|\*$/g, '')
  if (text === '' || !/^[ -@N[-~]+$/.test(text)) {
    throw new Error(`"${source}" is no pattern: it needs visible ASCII in lower case`)
  }
  const beginsWord = !source.startsWith('*') && ALPHANUMERIC.test(text.at(0)!)
  const endsWord = !source.endsWith('*') && ALPHANUMERIC.test(text.at(-1)!)
  return { text, beginsWord, endsWord }
}
