import { type Network, requireNetwork } from '../net/network'
import { IndexCollector } from '../net/network-index'
import type { OwnConnection } from '../platform/own-connection'
import { type Origin, Origins } from './origins'
import { Snapshot } from './snapshot'

/** Rows of one query: some milliseconds of the server's time and of ours. */
const PAGE_ROWS = 20_000

/** What was loaded, and the revision from which on changes are to be taken over. */
export interface Loaded {
  snapshot: Snapshot
  revision: number
}

/**
 * Loads the whole list, page by page and so without holding up anybody, not even the embedded
 * database, which runs one statement at a time. What changes meanwhile may be half in it; the
 * changes after `revision` say how it is.
 */
export async function loadList(connection: Pick<OwnConnection, 'query'>): Promise<Loaded> {
  const revision = await readRevision(connection)
  return load(connection, revision, await readPage(connection, -1))
}

/** Loads the list if it has no more than a page; a longer one should be loaded in a thread. */
export async function loadShortList(
  connection: Pick<OwnConnection, 'query'>,
): Promise<Loaded | undefined> {
  const revision = await readRevision(connection)
  const first = await readPage(connection, -1)
  return first.rows < PAGE_ROWS ? load(connection, revision, first) : undefined
}

async function load(
  connection: Pick<OwnConnection, 'query'>,
  revision: number,
  first: Page,
): Promise<Loaded> {
  const blocked = new IndexCollector()
  const origins = new Origins()
  for (let page = first; ; page = await readPage(connection, page.lastId)) {
    for (const { networks, ...origin } of page.groups) {
      collect(networks, origins.placeOf(origin), blocked)
    }
    if (page.rows < PAGE_ROWS) break
  }
  const allowed = new IndexCollector()
  for (const network of await readAllowed(connection)) {
    allowed.add(network, { end: Number.POSITIVE_INFINITY, tag: 0 })
  }
  return { snapshot: new Snapshot(blocked.build(), allowed.build(), origins), revision }
}

async function readRevision(connection: Pick<OwnConnection, 'query'>): Promise<number> {
  const { rows } = await connection.query<{ value: string }>(
    "select value from revisions where name = 'blocklist'",
  )
  return Number(rows[0]?.value ?? 0)
}

async function readAllowed(connection: Pick<OwnConnection, 'query'>): Promise<Network[]> {
  const { rows } = await connection.query<{ network: string }>(
    'select ip_address::text as network from allowed_networks',
  )
  return rows.map(({ network }) => requireNetwork(network))
}

/** When a block ends: whole milliseconds since 1970, as our clock has them. */
export const END = `coalesce(floor(extract(epoch from expires_at) * 1000), 'infinity')::float8`

/** Blocks with the same origin; `networks` is one `inet_send` and one `float8send` after the other. */
interface Group extends Origin {
  networks: Buffer
}

interface Page {
  /** Also of those that have ended. */
  rows: number
  lastId: number
  groups: Group[]
}

interface PackedGroup {
  /** Null when all of them have ended. */
  networks: Buffer | null
  rows: number
  lastId: number
}

/**
 * The next rows, those in force packed by the database: reading a million rows one by one takes
 * longer than all the rest (`bench/blocklist.ts`).
 */
async function readPage(connection: Pick<OwnConnection, 'query'>, afterId: number): Promise<Page> {
  const { rows } = await connection.query<Origin & PackedGroup>(
    `select reason, source, source_name as "sourceName",
            count(*)::int as rows, max(id)::float as "lastId",
            string_agg(inet_send(ip_address) || float8send(${END}), '')
              filter (where expires_at is null or expires_at > now()) as networks
       from (select * from blocked_ips where id > $1 order by id limit ${PAGE_ROWS}) page
      group by reason, source, source_name`,
    [afterId],
  )
  const page: Page = { rows: 0, lastId: afterId, groups: [] }
  for (const { rows: count, lastId, networks, ...origin } of rows) {
    page.rows += count
    page.lastId = Math.max(page.lastId, lastId)
    if (networks) page.groups.push({ ...origin, networks })
  }
  return page
}

const words = new Uint32Array(4)

/**
 * Reads networks as Postgres sends them: family (2 or 3), prefix, a flag, the number of bytes of
 * the address, the address; then the end in milliseconds.
 */
function collect(packed: Buffer, tag: number, collector: IndexCollector): void {
  for (let at = 0; at < packed.length; ) {
    const family = packed[at] === 2 ? 4 : 6
    const prefix = packed[at + 1]!
    at += 4
    for (let word = 0; word < (family === 4 ? 1 : 4); word++, at += 4) {
      words[word] = packed.readUInt32BE(at)
    }
    collector.addBits(family, words, prefix, packed.readDoubleBE(at), tag)
    at += 8
  }
}
