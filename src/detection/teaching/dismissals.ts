import type { Knex } from 'knex'
import { parseAddress } from '../../net/address'
import type { Judgement } from '../judge'

/** A dismissal counts half as much after so long … */
const HALF_LIFE_MS = 7 * 86_400_000
/** … and not at all after this. */
const REMEMBERED_MS = 4 * HALF_LIFE_MS
/** Nobody behaves exactly alike in two hours. */
const MARGIN = 0.1
/** Most dismissed findings that are remembered, the newest. */
const MOST = 100_000

/** A dismissed finding, as far as it is remembered. */
export interface Dismissed {
  address: string
  risk: number
  reviewedAt: Date
}

/** What an address needs to be flagged again. */
interface Bar {
  /** Risk that must be exceeded now. */
  height: number
  dismissedAt: Date
}

/**
 * What people have dismissed: whoever was dismissed returns only with more than was dismissed. The
 * bar that a dismissal raises stands a little above its risk, halves every week, and never holds
 * back what is of high severity: nobody buys silence by a harmless finding. A dismissal that said
 * what is normal made an exception, which is more exact, and raises no bar.
 */
export class Dismissals {
  readonly #bars = new Map<string, Bar>()

  constructor(dismissed: readonly Dismissed[], now = Date.now()) {
    for (const { address, risk, reviewedAt } of dismissed) {
      const age = Math.max(0, now - reviewedAt.getTime())
      if (age > REMEMBERED_MS) continue
      const height = (risk + MARGIN) * 0.5 ** (age / HALF_LIFE_MS)
      // Postgres spells some addresses differently.
      const who = parseAddress(address) ?? address
      const known = this.#bars.get(who)
      if (!known || known.height < height) this.#bars.set(who, { height, dismissedAt: reviewedAt })
    }
  }

  static async read(knex: Knex): Promise<Dismissals> {
    const { rows } = await knex.raw<{ rows: Dismissed[] }>(
      `select ip_address as address, risk, reviewed_at as "reviewedAt"
         from suspicious_ips
        where status = 'dismissed' and not normal_named and reviewed_at > now() - ? * interval '1 millisecond'
        order by reviewed_at desc
        limit ${MOST}`,
      [REMEMBERED_MS],
    )
    return new Dismissals(rows)
  }

  /**
   * The same judgements, but those are not flagged any more that stay below the bar of their
   * address; those above it say that they are back.
   */
  heed(judgements: readonly Judgement[]): Judgement[] {
    if (this.#bars.size === 0) return [...judgements]
    return judgements.map((judgement) => {
      const bar = judgement.flagged && this.#bars.get(judgement.tally.address)
      return bar ? weigh(judgement, bar) : judgement
    })
  }
}

function weigh(judgement: Judgement, { height, dismissedAt }: Bar): Judgement {
  const { risk, severity, reasons } = judgement
  const isHigher = risk > height
  if (!isHigher && severity !== 'high') return { ...judgement, flagged: false }
  const day = dismissedAt.toISOString().slice(0, 10)
  const because = isHigher
    ? `a risk of ${risk.toFixed(2)} is more than the ${height.toFixed(2)} it takes now`
    : 'high severity is never held back'
  const text = `back after it was dismissed on ${day}: ${because}`
  return { ...judgement, reasons: [...reasons, { text, kind: 'rule', weight: 0 }] }
}
