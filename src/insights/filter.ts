import { z } from 'zod'
import { CountryText, Moment, NetworkText, StoredText } from '../http/schemas'

const DAY_MS = 86_400_000

/** Longest span that is asked about at once. */
const LONGEST_DAYS = 31

/** What stands for "not known" among countries and networks. */
export const UNKNOWN = '-'

/** Agents that say themselves that they are no person's browser. */
const SAYS_IT_IS_A_BOT =
  'bot|crawl|spider|slurp|monitor|uptime|pingdom|facebookexternalhit|feed|preview'

/** A span of time, and what is looked for in it; a request must fit all that is given. */
export const InsightQuery = z
  .object({
    from: Moment.optional(),
    to: Moment.optional(),
    country: CountryText.optional(),
    asn: z
      .string()
      .regex(/^(-|\d{1,10})$/, 'takes the number of a network operator')
      .optional(),
    ip: NetworkText.optional(),
    path: StoredText.min(1).max(2_048).optional(),
    agent: StoredText.max(2_048).optional(),
    outcome: z.enum(['allowed', 'limited', 'blocked']).optional(),
    without: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(['bots', 'own'])))
      .default([]),
  })
  .transform(({ from, to = new Date(), ...filter }) => {
    return { from: from ?? new Date(+to - DAY_MS), to, ...filter }
  })
  .refine(({ from, to }) => from < to && +to - +from <= LONGEST_DAYS * DAY_MS, {
    path: ['from'],
    message: `at most ${LONGEST_DAYS} days before "to"`,
  })

export type Insight = z.infer<typeof InsightQuery>

/** Whether all requests of the span are asked about. */
export function isUnfiltered({ from: _, to: __, without, ...filter }: Insight): boolean {
  return without.length === 0 && Object.values(filter).every((value) => value === undefined)
}

/**
 * The conditions of an `Insight`, with `bindingsOf`: what is not asked for is null and holds. Who
 * opted out is in no statistics, and what people and programs that are signed in here ask of this
 * service is no traffic.
 */
export const FITS = `
       timestamp >= :from and timestamp < :to and not opted_out and (source <> 'service' or account is null)
   and (:country::text is null or country is not distinct from nullif(:country, '${UNKNOWN}'))
   and (:asn::text is null or asn is not distinct from nullif(:asn, '${UNKNOWN}')::bigint)
   and (:ip::inet is null or ip_address <<= :ip::inet)
   and (:path::text is null or path = :path)
   and (:pathStart::text is null or starts_with(path, :pathStart))
   and (:agent::text is null or user_agent = :agent)
   and (:outcome::text is null or :outcome = case status when 403 then 'blocked'
                                                         when 429 then 'limited'
                                                         else 'allowed' end)
   and (:bots::text is null or user_agent !~* :bots)
   and (:withOwn::boolean or not exists (select from allowed_networks as own
                                          where own.ip_address >>= request_logs.ip_address))`

/** Values for `FITS`. */
export function bindingsOf({ from, to, country, asn, ip, path, agent, outcome, without }: Insight) {
  const start = path?.endsWith('*') ? path.slice(0, -1) : undefined
  return {
    from,
    to,
    country: country ?? null,
    asn: asn ?? null,
    ip: ip ?? null,
    path: start === undefined ? (path ?? null) : null,
    pathStart: start ?? null,
    agent: agent ?? null,
    outcome: outcome ?? null,
    bots: without.includes('bots') ? SAYS_IT_IS_A_BOT : null,
    withOwn: !without.includes('own'),
  }
}
