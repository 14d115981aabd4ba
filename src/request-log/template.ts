import { requestPath } from '../net/request-path'
import { type FileKind, fileKindOf } from './file-kind'
import { hashText } from './sketch'

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g
/** The words of a segment; dates, slugs and names of files have several. */
const WORD = /[a-z\d]+/g

/** What stands in a template for numbers and ids. */
const REPLACED = /[A-Z]/

const SHORTEST_ID = 8
/** Words change between letters and digits at most twice, as `h264video` does; ids do more often. */
const FEWEST_CHANGES = 3

/** A whole segment that is a number, with or without the ending of a file. */
const NUMBER_SEGMENT = /\/(\d{1,15})(?=[/.]|$)/g
/** `/page/3` is where a reader is, not what is read. */
const PAGES = /\/(?:p|pages?)$/

/**
 * The kind of page that a path asks for: its canonical form (`requestPath`), in which numbers,
 * dates, UUIDs, hashes and other ids are replaced, so that `/users/17/files/9f86d081884c7d65.png` and the next
 * user's are one kind, `/users/N/files/ID.png`. Names that people write stay, however long.
 * A template is a path that no request can have: what is replaced stands in capitals.
 */
export function templateOf(path: string): string {
  const canonical = requestPath(path)
  if (!/\d/.test(canonical)) return canonical
  return canonical.replace(UUID, 'ID').replace(WORD, (word) => {
    if (/^\d+$/.test(word)) return 'N'
    return isId(word) ? 'ID' : word
  })
}

/** The lowest bits of a hashed template are no hash: one for `isManyPaths`, and above it the kind of file. */
const KIND_SHIFT = 1
const KIND_BITS = 0b1110
const TOLD_BITS = KIND_BITS | 1

/**
 * A template as 32 bits with a sign. The lowest tells whether it stands for many paths
 * (`isManyPaths`), the next three what kind of file it names (`templateKind`), the others are a hash.
 */
export function hashTemplate(template: string): number {
  const kind = fileKindOf(template) << KIND_SHIFT
  return (hashText(template) & ~TOLD_BITS) | kind | (REPLACED.test(template) ? 1 : 0)
}

/** The kind of file that the template with this hash names. */
export function templateKind(template: number): FileKind {
  return (template & KIND_BITS) >>> KIND_SHIFT
}

/** Whether something is replaced in the template that has this hash. */
export function isManyPaths(template: number): boolean {
  return (template & 1) === 1
}

/** The number that tells one page of a template from the next: the last one in the path, if any. */
export function numberIn(path: string): number | undefined {
  let last: number | undefined
  for (const { 1: digits, index } of path.matchAll(NUMBER_SEGMENT)) {
    last = PAGES.test(path.slice(0, index)) ? undefined : Number(digits)
  }
  return last
}

function isId(word: string): boolean {
  if (word.length < SHORTEST_ID || !/\d/.test(word)) return false
  if (/^[\da-f]+$/.test(word)) return true
  const parts = word.match(/\d+|[a-z]+/g) ?? []
  return parts.length > FEWEST_CHANGES
}
