import type { Knex } from 'knex'
import { FEATURES, observe } from '../features'
import type { Tally } from '../hour/tally'
import { MACHINE } from '../machine'
import type { Matrix } from './detector'

const MOST_PROTOTYPES = 512
/** Dismissed findings that join what is learned from: people have called them usual. */
const MOST_DISMISSED = 64
const DISMISSED_SINCE = "interval '7 days'"

/** What was counted of an address, by feature: the count, and what it is a share of. */
export type Observed = Record<string, readonly [count: number, of: number]>

/** What is kept with a finding, to try models on when it turns out to be an attack. */
export function observedOf(tally: Tally): Observed {
  const { values } = observe([tally])
  return Object.fromEntries(
    FEATURES.map(({ name }, nth) => [name, [values[2 * nth]!, values[2 * nth + 1]!] as const]),
  )
}

/** Attacks that people have confirmed, the newest first; they are known as long as their findings. */
export function readPrototypes(knex: Knex): Promise<Matrix> {
  return read(knex, `status = 'blocked' and reviewed_by <> '${MACHINE}'`, MOST_PROTOTYPES)
}

/** What people have dismissed in the last seven days. */
export function readDismissed(knex: Knex): Promise<Matrix> {
  const lately = `reviewed_at > now() - ${DISMISSED_SINCE}`
  return read(knex, `status in ('dismissed', 'allowed') and ${lately}`, MOST_DISMISSED)
}

async function read(knex: Knex, which: string, most: number): Promise<Matrix> {
  const { rows } = await knex.raw<{ rows: { observed: Observed }[] }>(
    `select observed from suspicious_ips
      where observed is not null and ${which}
      order by reviewed_at desc
      limit ${most}`,
  )
  // Those of a version with other features are no use.
  const known = rows.filter(({ observed }) => FEATURES.every(({ name }) => observed[name]))
  const values = known.flatMap(({ observed }) => FEATURES.flatMap(({ name }) => observed[name]!))
  return { rows: known.length, columns: 2 * FEATURES.length, values: Float64Array.from(values) }
}
