import { type Entry, entriesOf, type Told } from './entry'

/** Names that columns have in published lists; of those of one line, the first that there is counts. */
const NAMES: Record<keyof Told, string[]> = {
  value: [
    'value',
    'ip',
    'cidr',
    'network',
    'range',
    'address',
    'ip_address',
    'ipaddress',
    'dst_ip',
    'src_ip',
  ],
  scope: ['scope'],
  type: ['type', 'action'],
  reason: ['reason', 'scenario'],
  duration: ['duration', 'expiration'],
  until: ['until', 'expires_at', 'expiresat'],
  simulated: ['simulated'],
}

/** Reads the rows of a table with a header. */
export type Table = (row: string) => Entry[]

/**
 * The table that a line begins, when it is a header: a row of names, one of which names the
 * address, as in the CSV of CrowdSec (`duration,scope,value,reason,type` and what
 * `cscli decisions list -o raw` prints).
 */
export function tableOf(line: string): Table | undefined {
  const names = cellsOf(line.replace(/^#\s*/, '')).map((name) => name.trim().toLowerCase())
  if (!names.every((name) => /^[a-z][a-z _]*$/.test(name))) return undefined

  const places = Object.entries(NAMES).flatMap(([key, known]) => {
    const name = known.find((name) => names.includes(name))
    return name === undefined ? [] : [[key, names.indexOf(name)] as const]
  })
  if (!places.some(([key]) => key === 'value')) return undefined

  return function readRow(row) {
    if (row.trim() === '' || /^[#;]/.test(row)) return []
    const cells = cellsOf(row)
    const told = places.map(([key, place]) => [key, cells[place]?.trim() ?? ''])
    return entriesOf(Object.fromEntries(told))
  }
}

/** The cells of a row of CSV (RFC 4180); a quoted cell may have commas and doubled quotes in it. */
function cellsOf(row: string): string[] {
  if (!row.includes('"')) return row.split(',')
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  )
}
