import type { Knex } from 'knex'
import { bindModels } from '../../models'
import { addressRollups } from '../../models/address-rollup'
import { campaignMembers } from '../../models/campaign-member'
import { settleEnded } from '../blocklist/ended'
import { baselineSince } from '../detection/learned/stored-baseline'
import type { Logger } from '../platform/logger'
import { forgetKeys } from '../request-log/pseudonym-keys'
import { truncateSketches } from '../request-log/traffic-addresses'

const HOUR_MS = 3_600_000

/** How long a network is known to be somebody's after they have signed in from it. */
const FAMILIAR_DAYS = 30

/** Rows changed by one statement, so that writers beside it wait milliseconds. */
const BATCH_ROWS = 20_000

/** How long an imported day is kept whole, however old it is, so that it can be judged. */
const IMPORT_GRACE = "interval '24 hours'"

/** What a run of the retention did. */
export interface Forgotten {
  truncatedRows: number
  droppedDays: string[]
  trafficMinutes: number
  /** Sketches of how many addresses came in a quarter of an hour. */
  trafficAddresses: number
  findings: number
  campaigns: number
  /** Kinds of pages that the site was known to serve, or to lack, by day. */
  siteKnowledge: number
  exceptions: number
  baselineRows: number
  auditEntries: number
  /** Notes about addresses, which are kept as long. */
  notes: number
  /** Erasures that nobody can have older records than. */
  erasures: number
  expiredBlocks: number
  expiredSessions: number
  familiarNetworks: number
  /** Days whose pseudonyms cannot be traced back any more. */
  pseudonymKeys: number
}

interface Limits {
  /** Hours after which stored addresses are truncated to /24 and /48. */
  anonymizeAfterHours: number
  /** Days after which requests and findings are deleted. */
  retentionDays: number
  /** Days after which entries of the audit log are deleted. */
  auditDays: number
}

/**
 * Forgets on time: truncates addresses of the request log, drops its old days, and deletes old
 * findings, old entries of the audit log and ended sessions; blocks that have ended become history there. Can be stopped and run again at any point, and by
 * several instances at once; what is done is not done twice.
 */
export class Retention {
  readonly #knex: Knex
  readonly #limits: Limits
  readonly #log: Pick<Logger, 'info'>

  constructor(knex: Knex, limits: Limits, log: Pick<Logger, 'info'>) {
    this.#knex = knex
    this.#limits = limits
    this.#log = log
  }

  async run(now = new Date()): Promise<Forgotten> {
    const keptSince = new Date(now.getTime() - this.#limits.retentionDays * 24 * HOUR_MS)
    const auditedSince = new Date(now.getTime() - this.#limits.auditDays * 24 * HOUR_MS)
    const forgotten = {
      droppedDays: await this.#dropDays(keptSince),
      truncatedRows: await this.#truncate(
        new Date(now.getTime() - this.#limits.anonymizeAfterHours * HOUR_MS),
      ),
      trafficMinutes: await this.#delete('traffic_minutes', 'minute', keptSince),
      trafficAddresses: await this.#delete('traffic_addresses', 'quarter', keptSince),
      findings: await this.#delete('suspicious_ips', 'flagged_at', keptSince),
      campaigns: await this.#delete('campaigns', 'last_seen', keptSince),
      siteKnowledge: await this.#delete('site_knowledge', 'day', keptSince),
      exceptions: await this.#delete('exceptions', 'expires_at', now),
      baselineRows: await this.#delete('baseline_rows', 'hour', baselineSince(now)),
      auditEntries: await this.#delete('audit_log', 'at', auditedSince),
      notes: await this.#delete('address_notes', 'written_at', auditedSince),
      erasures: await this.#delete('erasures', 'erased_at', keptSince),
      expiredBlocks: await settleEnded(this.#knex, bindModels(this.#knex)),
      expiredSessions: await this.#delete('sessions', 'expires_at', now),
      familiarNetworks: await this.#delete(
        'familiar_networks',
        'seen_at',
        new Date(now.getTime() - FAMILIAR_DAYS * 24 * HOUR_MS),
      ),
      pseudonymKeys: await forgetKeys(this.#knex, this.#limits.anonymizeAfterHours, now),
    }
    this.#log.info(forgotten, 'retention: forgot what was due')
    return forgotten
  }

  /** Drops whole partitions: cheap however many rows they hold, and nothing is left to vacuum. */
  async #dropDays(keptSince: Date): Promise<string[]> {
    const { rows } = await this.#knex.raw<{ rows: { day: string }[] }>(
      `select to_char(day, 'YYYYMMDD') as day
         from request_log_days
        where day + 1 <= (?::timestamptz at time zone 'utc')::date
          and made_at < now() - ${IMPORT_GRACE}
        order by day`,
      [keptSince],
    )
    for (const { day } of rows) {
      await this.#knex.transaction(async (trx) => {
        await trx.raw('set local lock_timeout = 2000')
        await trx.raw('drop table if exists ??, ??', [
          `request_logs_${day}`,
          `address_rollups_${day}`,
        ])
        await trx.raw(
          `delete from address_signatures
            where window_start >= to_date(:day, 'YYYYMMDD')::timestamp at time zone 'utc'
              and window_start < (to_date(:day, 'YYYYMMDD') + 1)::timestamp at time zone 'utc'`,
          { day },
        )
        await trx.raw(
          `delete from hours_to_roll_up where (hour at time zone 'utc')::date = to_date(?, 'YYYYMMDD')`,
          [day],
        )
        await trx.raw(`delete from request_log_days where day = to_date(?, 'YYYYMMDD')`, [day])
      })
    }
    return rows.map(({ day }) => day)
  }

  async #truncate(until: Date): Promise<number> {
    const { rows: days } = await this.#knex.raw<{
      rows: { day: string; since: Date; end: Date }[]
    }>(
      `select day::text, since, least(day_end, ?::timestamptz) as end
         from request_log_days
        cross join lateral (select
                day::timestamp at time zone 'utc' as day_start,
                (day + 1)::timestamp at time zone 'utc' as day_end) as bounds
        cross join lateral (select coalesce(truncated_until, day_start) as since) as done
        where since < least(day_end, ?::timestamptz)
          and (day_end > now() - ${IMPORT_GRACE} or made_at < now() - ${IMPORT_GRACE})
        order by day`,
      [until, until],
    )
    let rows = 0
    await campaignMembers.truncate(this.#knex, until)
    await truncateSketches(this.#knex, until)
    for (const { day, since, end } of days) {
      rows += await this.#truncateBetween(since, end)
      await this.#truncateRollUps(since, end)
      await this.#knex('request_log_days').where({ day }).update({ truncated_until: end })
    }
    return rows
  }

  async #truncateBetween(since: Date, end: Date): Promise<number> {
    // A truncated address is a network, so its mask tells that it is done. The time is bounded twice:
    // from the join alone Postgres does not see that one partition is enough.
    const statement = `
      update request_logs as log
         set ip_address = network(set_masklen(log.ip_address, case family(log.ip_address) when 4 then 24 else 48 end))
        from (select id, timestamp
                from request_logs
               where timestamp >= ? and timestamp < ?
                 and masklen(ip_address) = case family(ip_address) when 4 then 32 else 128 end
               limit ${BATCH_ROWS}) as due
       where log.id = due.id and log.timestamp = due.timestamp
         and log.timestamp >= ? and log.timestamp < ?`
    let total = 0
    for (;;) {
      const { rowCount } = await this.#knex.raw<{ rowCount: number }>(statement, [
        since,
        end,
        since,
        end,
      ])
      total += rowCount
      if (rowCount < BATCH_ROWS) return total
    }
  }

  /**
   * Makes networks of the addresses in the roll-ups of the hours that begin before `end`, and one
   * row of all rows of a network: an hour goes as soon as its first minute is due.
   */
  async #truncateRollUps(since: Date, end: Date): Promise<void> {
    const { rows } = await this.#knex.raw<{ rows: { hour: Date }[] }>(
      `select distinct date_trunc('hour', window_start, 'UTC') as hour
         from address_rollups
        where window_start >= date_trunc('hour', ?::timestamptz, 'UTC') and window_start < ?
          and masklen(ip_address) = case family(ip_address) when 4 then 32 else 128 end`,
      [since, end],
    )
    for (const { hour } of rows) await addressRollups.fold(this.#knex, hour, { truncate: true })
  }

  async #delete(table: string, column: string, before: Date): Promise<number> {
    return this.#knex(table).where(column, '<', before).delete()
  }
}
