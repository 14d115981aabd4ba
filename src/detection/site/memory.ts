import type { Knex } from 'knex'
import type { CopiedRow } from '../../platform/copy-out'
import { inParts } from '../../platform/parts'
import { type Known, SiteKnowledge, type Subject } from './knowledge'
import { Site } from './site'

/** Days before the one that is judged from which a site is known. */
const DAYS = 7
/** Subjects that are added by one hour, and kept of one day: the best known ones. */
const MOST_PER_HOUR = 10_000
const MOST_PER_DAY = 50_000

/** The site as it was known in an hour, from the days before. */
export async function recallSite(knex: Knex, hour: Date): Promise<Site> {
  const day = dayOf(hour)
  const earlier = new SiteKnowledge()
  const known = (part: string) => `
    select subject, bit_or(served), bit_or(missed)
      from site_knowledge
     where day between cast('${day}' as date) - ${DAYS} and cast('${day}' as date) and ${part}
     group by subject`
  await inParts(knex, 'hashtext(subject)', known, (row) => {
    earlier.add({ subject: readSubject(row.text()!), served: bits(row), faults: bits(row) })
  })
  return new Site(earlier)
}

/**
 * Keeps what a site has taught in an hour; of an hour that is judged once more nothing is counted
 * twice.
 */
export async function rememberSite(trx: Knex, hour: Date, site: Site): Promise<void> {
  const day = dayOf(hour)
  const known = site.learned.list(MOST_PER_HOUR)
  await trx.raw(
    `insert into site_knowledge as known (day, subject, served, missed)
     select cast(? as date), subject, served::bit(64), faults::bit(64)
       from unnest(?::text[], ?::text[], ?::text[]) as learned (subject, served, faults)
      order by subject
         on conflict (day, subject) do update
        set served = known.served | excluded.served,
            missed = known.missed | excluded.missed`,
    [
      day,
      known.map(({ subject }) => String(subject)),
      known.map(({ served }) => text(served)),
      known.map(({ faults }) => text(faults)),
    ],
  )
  await trx.raw(
    `delete from site_knowledge
      where day = cast(:day as date)
        and subject in (select subject
                          from site_knowledge
                         where day = cast(:day as date)
                         order by bit_count(served) + bit_count(missed) desc
                        offset ${MOST_PER_DAY})`,
    { day },
  )
}

function dayOf(hour: Date): string {
  return hour.toISOString().slice(0, 10)
}

/** Templates are numbers; no signature is called like one. */
function readSubject(text: string): Subject {
  return /^-?\d+$/.test(text) ? Number(text) : text
}

function bits(row: CopiedRow): Known['served'] {
  const words = [0, 0]
  row.bit(words)
  return Uint32Array.from(words)
}

function text(bits: Known['served']): string {
  return Array.from(bits, (word) => word.toString(2).padStart(32, '0')).join('')
}
