import type { Knex } from 'knex'
import type { NewRequest } from '../../models/request-log'
import { TrafficAddresses } from './traffic-addresses'

const MINUTE_MS = 60_000

/** What became of the requests of one minute. */
interface Minute {
  allowed: number
  limited: number
  blocked: number
}

type Counted = Pick<
  NewRequest,
  'ipAddress' | 'timestamp' | 'status' | 'source' | 'account' | 'optedOut'
>

/**
 * Counts requests per minute by what became of them, and the different addresses that they came
 * from, for the dashboard: those too whose rows a
 * flood leaves out. Who opted out is in no statistics, and what people and programs that are signed
 * in here ask of this service is no traffic.
 */
export class Traffic {
  readonly #minutes = new Map<number, Minute>()
  readonly #addresses = new TrafficAddresses()

  add({ ipAddress, timestamp, status, source, account, optedOut }: Counted): void {
    if (optedOut || (source === 'service' && account !== null)) return
    const start = Math.floor(timestamp / MINUTE_MS) * MINUTE_MS
    let minute = this.#minutes.get(start)
    if (!minute) {
      minute = { allowed: 0, limited: 0, blocked: 0 }
      this.#minutes.set(start, minute)
    }
    minute[outcomeOf(status)]++
    this.#addresses.add(ipAddress, timestamp)
  }

  /**
   * Adds what was counted to what the segment, and its writer, have already; a part of the
   * transaction that writes the rows.
   */
  async write(trx: Knex, segment: string, writer: string): Promise<void> {
    if (this.#minutes.size === 0) return
    const minutes = [...this.#minutes]
    await trx.raw(
      `insert into traffic_minutes as known (minute, segment, allowed, limited, blocked)
       select minute, ?, allowed, limited, blocked
         from unnest(?::timestamptz[], ?::integer[], ?::integer[], ?::integer[])
           as counted (minute, allowed, limited, blocked)
           on conflict (minute, segment) do update
          set allowed = known.allowed + excluded.allowed,
              limited = known.limited + excluded.limited,
              blocked = known.blocked + excluded.blocked`,
      [
        segment,
        minutes.map(([start]) => new Date(start)),
        minutes.map(([, { allowed }]) => allowed),
        minutes.map(([, { limited }]) => limited),
        minutes.map(([, { blocked }]) => blocked),
      ],
    )
    await this.#addresses.write(trx, writer)
  }
}

/** Refused for a block, told to wait, or neither; by whichever server answered. */
function outcomeOf(status: number | null): keyof Minute {
  if (status === 403) return 'blocked'
  return status === 429 ? 'limited' : 'allowed'
}
