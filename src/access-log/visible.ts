import { isUtf8 } from 'node:buffer'

/** Where a decoder has put the replacement character for a byte that is not UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * The text of bytes that ought to be UTF-8, with every byte that is not as its visible escape
 * (`\xff`), so that what an attacker sent can still be read and searched for.
 */
export function visibleText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!)
    const character = bytes.toString('utf8', at, at + length)
    const valid = length > 0 && character.length <= 2 && !character.includes(REPLACEMENT)
    text += valid ? character : `\\x${bytes[at]!.toString(16).padStart(2, '0')}`
    at += valid ? length : 1
  }
  return text
}

/** Bytes in the UTF-8 sequence that `first` begins; 0 when it begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 0
}
