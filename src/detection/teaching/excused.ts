import type { Knex } from 'knex'
import { bindModels } from '../../../models'
import { type Address, parseAddress } from '../../net/address'
import { covers, type Network, parseNetwork } from '../../net/network'
import { NetworkSet } from '../../net/network-set'
import { requestPath } from '../../net/request-path'
import { unescaped } from '../../net/visible'
import { isEvidence } from '../../request-log/evidence'
import type { Rollable } from '../../request-log/roll-up'
import { HourInMemory } from '../hour/in-memory'
import type { Tally } from '../hour/tally'
import { runningExceptions, type Scope } from './exceptions'
import { PathPattern } from './path-pattern'

const HOUR_MS = 3_600_000

/** Addresses counted anew in one hour, the loudest first; the others are judged as they are. */
const MOST_ADDRESSES = 200
/** Whoever sends more than this in an hour is judged for all of it: no exception hides a flood. */
const MOST_REQUESTS = 20_000

const ROWS = `
  select ip_address as "ipAddress", (extract(epoch from timestamp) * 1000)::float as timestamp,
         method, path, query, status, bytes, user_agent as "userAgent", country, asn, account, source
    from request_logs
   where ip_address = ? and timestamp >= ? and timestamp < ?
   order by timestamp
   limit ${MOST_REQUESTS + 1}`

type Asked = Pick<Rollable, 'path' | 'userAgent'>

/** What people have called normal, ready to be asked. */
export class Excuses {
  readonly #around: NetworkSet<true>
  readonly #scopes: { network: Network; excuses: (asked: Asked) => boolean }[]

  constructor(scopes: readonly Scope[]) {
    this.#around = NetworkSet.from(scopes.map(({ network }) => ({ network, value: true as const })))
    this.#scopes = scopes.map((scope) => ({ network: scope.network, excuses: readerOf(scope) }))
  }

  /** Those in force now. */
  static async read(knex: Knex): Promise<Excuses> {
    return new Excuses(await runningExceptions(bindModels(knex).Exception))
  }

  get size(): number {
    return this.#scopes.length
  }

  /** Tells which requests of an address are excused; undefined when none can be. */
  of(stored: string): ((asked: Asked) => boolean) | undefined {
    const address = parseAddress(stored)
    if (address && !this.#around.find(address)) return undefined
    const network = parseNetwork(stored)
    if (!network) return undefined
    const scopes = this.#scopes.filter((scope) => covers(scope.network, network))
    if (scopes.length === 0) return undefined
    return (asked) => scopes.some(({ excuses }) => excuses(asked))
  }
}

function readerOf({ path, agent }: Scope): (asked: Asked) => boolean {
  const pattern = path === null ? undefined : PathPattern.parse(path)
  const part = agent?.toLowerCase() ?? ''
  return (asked) =>
    asked.userAgent.toLowerCase().includes(part) &&
    (!pattern || pattern.covers(requestPath(unescaped(asked.path))))
}

/** An hour without what people have called normal. */
export interface Excused {
  tallies: Tally[]
  /** Requests that were left out. */
  requests: number
}

/**
 * Counts the addresses anew that an exception is about, from the request log and without the
 * requests that it covers: whatever is judged afterwards, by rules, a learned score or a campaign,
 * sees what is left. All other behaviour of the address still counts. Who is left with nothing is
 * left out; who was sampled in a flood, or is past the bounds above, stays as counted.
 */
export async function leaveOutExcused(
  knex: Knex,
  hour: Date,
  tallies: Tally[],
  sensitivePaths: readonly string[],
  excuses: Excuses,
): Promise<Excused> {
  if (excuses.size === 0) return { tallies, requests: 0 }
  const concerned = tallies
    .filter(({ address, requests }) => requests <= MOST_REQUESTS && excuses.of(address))
    .sort((a, b) => b.requests - a.requests)
    .slice(0, MOST_ADDRESSES)

  const anew = new Map<Address, Tally | undefined>()
  let requests = 0
  for (const tally of concerned) {
    const rest = await countRest(knex, hour, tally, sensitivePaths, excuses.of(tally.address)!)
    if (!rest) continue
    anew.set(tally.address, rest.tally)
    requests += rest.excused
  }
  const left = tallies.flatMap((tally) => {
    if (!anew.has(tally.address)) return [tally]
    const rest = anew.get(tally.address)
    return rest ? [rest] : []
  })
  return { tallies: left, requests }
}

/** What is left of one tally; undefined when nothing of it is excused, or rows are missing. */
async function countRest(
  knex: Knex,
  hour: Date,
  tally: Tally,
  sensitivePaths: readonly string[],
  isExcused: (asked: Asked) => boolean,
): Promise<{ tally: Tally | undefined; excused: number } | undefined> {
  const until = new Date(hour.getTime() + HOUR_MS)
  const { rows } = await knex.raw<{ rows: Rollable[] }>(ROWS, [tally.address, hour, until])
  const counted = rows.filter(isEvidence)
  const left = counted.filter((row) => !isExcused(row))
  if (counted.length < tally.requests || left.length === counted.length) return undefined

  const rest = new HourInMemory(sensitivePaths)
  for (const { ipAddress, ...row } of left) {
    rest.add({ ...row, address: ipAddress as Address, durationMs: null })
  }
  return { tally: rest.tallies()[0], excused: counted.length - left.length }
}
