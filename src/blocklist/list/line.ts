import { type Entry, networksOf } from './entry'

/** What a line of another program has in front of its address: `deny`, `add SET`, `ALL:`. */
const PREFIX = /^(?:deny\s+|(?:add|-A)\s+\S+\s+|[a-z][\w-]*\s*:\s+)(?=[\da-f:.])/i

/** Lines of a saved ipset that name no address. */
const PREAMBLE = /^(?:create|flush|-N|COMMIT)\b/

/** The first word of a line; of a range with blanks around its dash, both ends. */
const ENTRY = /^"?([^\s,;#|"]*)"?(?:\s+-\s+(?=[\da-f:])([^\s,;#|]*))?/i

/**
 * The entries of one line of a plain list; none in an empty line or a comment.
 *
 * A line is an address, a network or a range (`192.0.2.1-192.0.2.9`), and what follows it behind a
 * blank, a comma, `#`, `;`, `|` or `//` is a remark: netsets, the first column of a CSV, the rules
 * of nginx (`deny …;`), ipset (`add SET …`) and hosts.deny (`ALL: …`). Throws `InvalidAddress` or
 * `InvalidNetwork`, with a sentence, for anything else.
 */
export function readLine(line: string): Entry[] {
  const text = line.trim()
  if (text === '' || PREAMBLE.test(text)) return []

  const comment = text.indexOf('//')
  const entry = (comment < 0 ? text : text.slice(0, comment)).replace(PREFIX, '')
  const [, word = '', end] = ENTRY.exec(entry) ?? []
  if (word === '') return []
  const networks = networksOf(end === undefined ? word : `${word}-${end}`)
  return networks.map((network) => ({ network, reason: null, expiresAt: null }))
}
