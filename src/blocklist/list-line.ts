import { requireAddress } from '../net/address'
import { InvalidNetwork, type Network, requireNetwork } from '../net/network'
import { networksBetween } from '../net/range'

/** The first word of a line; of a range with blanks around its dash, both ends. */
const ENTRY = /^([^\s,;#]*)(?:\s+-\s+(?=[\da-f:])([^\s,;#]*))?/i

/**
 * The networks in one line of a published list; none in an empty line or a comment.
 *
 * A line is an address, a network or a range (`192.0.2.1-192.0.2.9`), and what follows it behind
 * a blank, a comma, `#` or `;` is a remark; or it is a JSON object as in Spamhaus' DROP, with a
 * `cidr`. Throws `InvalidAddress` or `InvalidNetwork`, with a sentence, for anything else.
 */
export function readListLine(line: string): Network[] {
  const text = line.replace(/^\ufeff/, '').trim()
  if (text.startsWith('{')) return readJson(text)

  const [, word = '', end] = ENTRY.exec(text) ?? []
  if (word === '') return []
  const entry = end === undefined ? word : `${word}-${end}`
  const dash = entry.indexOf('-')
  return dash < 0
    ? [requireNetwork(entry)]
    : readRange(entry, entry.slice(0, dash), entry.slice(dash + 1))
}

function readRange(entry: string, first: string, last: string): Network[] {
  const networks = networksBetween(requireAddress(first), requireAddress(last))
  if (networks) return networks
  throw new InvalidNetwork(`${entry} is not a range: it ends before it begins.`)
}

function readJson(text: string): Network[] {
  const { cidr, type } = parseObject(text)
  if (typeof cidr === 'string') return [requireNetwork(cidr)]
  if (type === 'metadata') return []
  throw new InvalidNetwork('The JSON in this line has no "cidr".')
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidNetwork('This line begins like JSON and is none.')
  }
}
