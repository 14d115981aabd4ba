/** Which part of a target a text has to stand in; what has no parts (an agent) is all path. */
export enum Place {
  Path = 1,
  Query = 2,
  Either = 3,
}

/** How a term stands to the one in front of it. */
export enum Link {
  /** Directly behind it. */
  Behind = ' + ',
  /** Later, in the path or within the same parameter. */
  Later = ' … ',
  /** Later, wherever. */
  Anywhere = ' & ',
}

/** One literal text. */
export interface Word {
  readonly text: string
  /** A word begins here: no letter or digit stands in front of it. */
  readonly isBeginning: boolean
  /** A word ends here: no letter or digit follows. */
  readonly isEnd: boolean
}

/** Of several texts any one. */
export interface Term {
  readonly words: readonly Word[]
  readonly link: Link
  readonly place: Place
}

/** The terms of a pattern; all of them have to occur, in this order. */
export type Pattern = readonly Term[]

const LINK = /( \+ | … | & )/
/** Braces without braces inside, that hold at least one comma. */
const LIST = /\{([^{}]*,[^{}]*)\}/
const ALPHANUMERIC = /[a-z0-9N]/
const WRITABLE = /^[ -@N[-~]+$/

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
 * - `.{zip,rar}` is `.zip` or `.rar`. Braces without a comma are braces.
 * - `a + b`: b directly behind a. `a … b`: b later than a, in the path or within one parameter.
 *   `a & b`: b later, wherever; of a pattern of the path, b is in the query.
 *
 * Throws when it cannot be read.
 */
export function parsePattern(source: string, place: Place): Pattern {
  if (hasNumber(source) && /\d/.test(source)) {
    throw new Error(`"${source}" has N and digits: where numbers are folded there are no digits`)
  }
  const parts = source.split(LINK)
  const terms: Term[] = []
  let where = place
  for (let at = 0; at < parts.length; at += 2) {
    const link = (parts[at - 1] ?? Link.Anywhere) as Link
    if (at > 0 && link === Link.Anywhere && place === Place.Path) where = Place.Query
    terms.push({ words: choices(parts[at]!).map(parseWord), link, place: where })
  }
  return terms
}

/** Whether a pattern is about numbers: it is looked for where they are folded to `N`. */
export function hasNumber(source: string): boolean {
  return source.includes('N')
}

/** Every text that `source` stands for. */
function choices(source: string): string[] {
  const list = LIST.exec(source)
  if (!list) return [source]
  const [before, behind] = [source.slice(0, list.index), source.slice(list.index + list[0].length)]
  return list[1]!.split(',').flatMap((choice) => choices(before + choice + behind))
}

function parseWord(source: string): Word {
  const text = source.replace(/^\*|\*$/g, '')
  if (!WRITABLE.test(text)) throw new Error(`"${source}" is no text that a target can have`)
  return {
    text,
    isBeginning: !source.startsWith('*') && ALPHANUMERIC.test(text.at(0)!),
    isEnd: !source.endsWith('*') && ALPHANUMERIC.test(text.at(-1)!),
  }
}
