import { isEvidence } from './evidence'
import { numberInQuery } from './login-paths'
import { type Pace, Paces } from './paces'
import type { Rollable } from './roll-up'
import { AT, WIDTH } from './roll-up-columns'
import { rollUpRequest } from './roll-up-request'
import { RollUpTable } from './roll-up-table'
import { Traits } from './traits'

/** Length of a window, aligned to the clock. */
export const WINDOW_MS = 300_000

/** While the log is sampled, one in so many of the rows past the allowance is kept. */
const KEPT_ONE_IN = 100

/** A batch that is being rolled up. */
export interface Rolling {
  /**
   * Rolls requests up, and returns those whose rows are to be kept, in the order of time: all of
   * them, unless an address sends more than the allowance in a minute. Of what is more, one in a
   * hundred is kept; what was read from other servers' logs is, always, for their readers wait
   * when they are too fast.
   */
  add<Row extends Rollable>(requests: Row[]): Row[]
  /** Of how many addresses, those counted twice that did what is evidence and what is none. */
  readonly addresses: number
  /** One per address, window and kind. */
  readonly table: RollUpTable
  /** The places in it of those that are evidence, of one address each. */
  readonly evidence: (readonly number[])[]
  /** Ends the batch: the memory of its table is used again for another one. */
  release(): void
}

/**
 * Rolls requests up, batch after batch, so that the pace of an address is known across them. They
 * come in the order of time, roughly.
 */
export class RollUps {
  readonly #traits: Traits
  readonly #windowMs: number
  readonly #paces = { evidence: new Paces(), other: new Paces() }
  #spare: RollUpTable | undefined

  /** Takes the sensitive paths, or traits that several share. */
  constructor(traits: Traits | readonly string[], windowMs = WINDOW_MS) {
    this.#traits = traits instanceof Traits ? traits : new Traits(traits)
    this.#windowMs = windowMs
  }

  /** Begins a batch, of which each address may keep `allowance` rows per minute. */
  begin(allowance = Number.POSITIVE_INFINITY): Rolling {
    const clients = { evidence: new Map<string, Client>(), other: new Map<string, Client>() }
    const table = this.#spare ?? new RollUpTable()
    this.#spare = undefined
    return {
      table,
      add: (requests) => {
        requests.sort((a, b) => a.timestamp - b.timestamp)
        return requests.filter((request) => {
          const kind = isEvidence(request) ? 'evidence' : 'other'
          return this.#add(table, clients[kind], request, kind, allowance)
        })
      },
      get addresses() {
        return clients.evidence.size + clients.other.size
      },
      get evidence() {
        return Array.from(clients.evidence.values(), ({ rollUps }) => rollUps)
      },
      release: () => {
        table.clear()
        this.#spare = table
      },
    }
  }

  /** Returns whether to keep the row. */
  #add(
    table: RollUpTable,
    clients: Map<string, Client>,
    request: Rollable,
    kind: 'evidence' | 'other',
    allowance: number,
  ): boolean {
    const { ipAddress, timestamp, source } = request
    let client = clients.get(ipAddress)
    if (!client) {
      client = { pace: this.#paces[kind].of(ipAddress), rollUps: [] }
      clients.set(ipAddress, client)
    }
    const path = this.#traits.ofPath(request.path)
    const number = path.number ?? (request.query === '' ? undefined : numberInQuery(request.query))
    const step = client.pace.step(timestamp, path.template, number)
    const windowStart = Math.floor(timestamp / this.#windowMs) * this.#windowMs
    const evidence = kind === 'evidence'
    const rollUp = findOrOpen(table, client, request, windowStart, evidence, path.sensitive)
    const agent = this.#traits.ofAgent(request.userAgent)
    rollUpRequest(table, rollUp, request, path, agent, step)
    if (source !== 'ingest' && isSpared(step.inMinute, allowance)) return false
    table.numbers[rollUp * WIDTH + AT.kept]!++
    return true
  }
}

/** What a batch has of one address. */
interface Client {
  readonly pace: Pace
  /** Places in the table. */
  rollUps: readonly number[]
}

function findOrOpen(
  table: RollUpTable,
  client: Client,
  { ipAddress, country, asn }: Rollable,
  windowStart: number,
  evidence: boolean,
  sensitivePath: string | null,
): number {
  for (const nth of client.rollUps) {
    const key = table.keys[nth]!
    if (key.windowStart === windowStart && key.sensitivePath === sensitivePath) return nth
  }
  const key = {
    windowStart,
    ipAddress,
    evidence,
    sensitivePath,
    country,
    asn,
    signatures: undefined,
  }
  const opened = table.open(key)
  // A copy has room for no more than it holds, which most clients never exceed.
  client.rollUps = [...client.rollUps, opened]
  return opened
}

function isSpared(inMinute: number, allowance: number): boolean {
  return inMinute > allowance && inMinute % KEPT_ONE_IN !== 0
}
