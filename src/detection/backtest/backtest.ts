import type { Knex } from 'knex'
import type { SuspiciousIP } from '../../../models/suspicious-ip'
import { type Address, parseAddress } from '../../net/address'
import { type Network, parseNetwork } from '../../net/network'
import { truncateAddress } from '../../net/truncate'
import type { Logger } from '../../platform/logger'
import { findingIncidents } from '../finding-incident'
import type { Severity } from '../fusion'
import { readAllowed } from '../hour/allowed'
import { HOUR_MS, tallyHour } from '../hour/in-database'
import { type Judging, type JudgingSettings, judgeStoredHour } from '../hour/stored-hour'
import type { Judgement } from '../judge'
import { Champions } from '../learned/champions'
import { recountSensitive } from '../teaching/recount'

const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high']
/** Flags that are listed one by one, the worst first; the others are counted. */
const LISTED = 100

/** What is tried: what is not given stays as it is. */
export interface Trial {
  /** Days back from now, of the hours that were judged. */
  days: number
  maxRequestsPerHour?: number | undefined
  sensitivePaths?: readonly string[] | undefined
  /** Flags nobody below this severity … */
  severity?: Severity | undefined
  /** … or this risk. */
  threshold?: number | undefined
}

/** One address and hour that would be flagged, or was. */
export interface TrialFlag {
  /** As the finding is named, or would be. */
  incident: string
  address: string
  window: Date
  risk: number
  severity: Severity
  reason: string
  /** What people said of the finding; of a new flag, of the address in other hours; null when nothing. */
  status: SuspiciousIP['status'] | null
}

/** Flags of one kind, counted by what people said. */
export interface TrialFlags {
  total: number
  dismissed: number
  /** Blocked: confirmed as attacks. */
  confirmed: number
  /** The worst of them. */
  items: TrialFlag[]
}

export interface TrialResult {
  from: Date
  to: Date
  /** Hours that were judged again; and those with requests that nobody had judged, left out. */
  hours: number
  /** Of these, hours whose addresses are stored as networks by now. */
  truncatedHours: number
  addresses: number
  /** Findings as they are, and as they would be. */
  flagged: { before: number; after: number }
  /** What people said of those that would be: of the finding, else of its address in other hours. */
  reviewed: { dismissed: number; confirmed: number }
  /** The same per hour, the oldest first. */
  byHour: { hour: Date; before: number; after: number }[]
  /** Flagged by the trial, and no finding so far. */
  added: TrialFlags
  /** Findings that the trial would not flag. */
  lost: TrialFlags
}

interface Parts {
  knex: Knex
  settings: JudgingSettings
  learned: Judging['learned']
  crawlers?: Judging['crawlers']
  log: Pick<Logger, 'warn'>
  /** Hears of each hour that is done. */
  progress?: ((done: number, all: number) => void) | undefined
}

/**
 * Judges the hours of the last days once more, with other settings and with what people have taught
 * meanwhile, and compares with the findings that there are. Reads roll-ups, writes nothing.
 *
 * Which of them were right is known where people have reviewed them: a change that loses what was
 * dismissed and keeps what was confirmed is a good one.
 */
export async function backtest(parts: Parts, trial: Trial, now = new Date()): Promise<TrialResult> {
  const { knex } = parts
  const from = new Date(now.getTime() - trial.days * 24 * HOUR_MS)
  const hours = await judgedHours(knex, from, now)
  const opinions = await opinionsOf(knex)
  const judging = await judgingOf(parts, trial)
  const incident = await findingIncidents(knex)
  const added = new Flags()
  const lost = new Flags()
  const kept = new Flags()
  const result = { hours: hours.length, truncatedHours: 0, addresses: 0 }
  const flagged = { before: 0, after: 0 }
  const byHour: TrialResult['byHour'] = []

  for (const [nth, hour] of hours.entries()) {
    parts.progress?.(nth, hours.length)
    const judged = await judgeStoredHour(judging, hour)
    const passing = judged.flagged.filter((one) => passes(one, trial))
    const findings = await findingsOf(knex, hour)
    result.addresses += judged.addresses
    flagged.before += findings.length
    flagged.after += passing.length
    byHour.push({ hour, before: findings.length, after: passing.length })

    const found = byStoredAddress(findings)
    const again = new Set(passing.map(({ tally }) => tally.address as string))
    for (const one of passing) {
      const { address } = one.tally
      const finding = found.get(address)
      const status = finding?.status ?? opinions.get(address) ?? null
      const flag = { incident: incident(address, hour), ...flagOf(one, hour), status }
      kept.add(flag)
      if (!finding) added.add(flag)
    }
    for (const one of findings) if (!isAmong(again, one.address)) lost.add({ ...one, window: hour })
    const isTruncated = passing.some(({ tally }) => parseAddress(tally.address) === undefined)
    if (isTruncated) result.truncatedHours++
  }
  parts.progress?.(hours.length, hours.length)
  const { dismissed, confirmed } = kept.summary()
  return {
    from,
    to: now,
    ...result,
    flagged,
    reviewed: { dismissed, confirmed },
    byHour,
    added: added.summary(),
    lost: lost.summary(),
  }
}

async function judgingOf(
  { knex, settings, learned, crawlers, log }: Parts,
  trial: Trial,
): Promise<Judging> {
  const { maxRequestsPerHour = settings.maxRequestsPerHour, sensitivePaths } = trial
  return {
    knex,
    learned,
    model: await new Champions(knex, settings.detectors).champion(),
    crawlers,
    log,
    blocklist: await readAllowed(knex),
    settings: {
      ...settings,
      maxRequestsPerHour,
      sensitivePaths: sensitivePaths ?? settings.sensitivePaths,
    },
    // Which paths are sensitive was decided when the requests came; other ones are looked up.
    ...(sensitivePaths && {
      tally: async (knex, hour) => {
        const tallies = await tallyHour(knex, hour, settings.sensitivePaths)
        await recountSensitive(knex, hour, tallies, sensitivePaths)
        return tallies
      },
    }),
  }
}

function passes({ severity, risk }: Judgement, { severity: least, threshold = 0 }: Trial): boolean {
  return risk >= threshold && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least ?? 'info')
}

function flagOf({ tally, risk, severity, reasons }: Judgement, window: Date) {
  return { address: tally.address, window, risk, severity, reason: reasons[0]?.text ?? '' }
}

/** Some flags, counted; the worst are kept. */
class Flags {
  readonly #counts = { total: 0, dismissed: 0, confirmed: 0 }
  #items: TrialFlag[] = []

  add(flag: TrialFlag): void {
    this.#counts.total++
    if (flag.status === 'dismissed' || flag.status === 'allowed') this.#counts.dismissed++
    if (flag.status === 'blocked') this.#counts.confirmed++
    this.#items.push(flag)
    if (this.#items.length > 10 * LISTED) this.#items = this.#worst()
  }

  summary(): TrialFlags {
    return { ...this.#counts, items: this.#worst() }
  }

  #worst(): TrialFlag[] {
    return this.#items.sort((a, b) => b.risk - a.risk).slice(0, LISTED)
  }
}

type Finding = Omit<TrialFlag, 'window'>

/** By the address, and by the network as which it may be stored by now. */
function byStoredAddress(findings: readonly Finding[]): Map<string, Finding> {
  return new Map(findings.flatMap((one) => storedAs(one.address).map((form) => [form, one])))
}

function isAmong(stored: ReadonlySet<string>, address: string): boolean {
  return storedAs(address).some((form) => stored.has(form))
}

function storedAs(address: string): string[] {
  const parsed = parseAddress(address)
  return parsed ? [parsed, truncateAddress(parsed)] : [address]
}

/** The hours that were judged to their end and still have roll-ups, the oldest first. */
async function judgedHours(knex: Knex, from: Date, to: Date): Promise<Date[]> {
  const { rows } = await knex.raw<{ rows: { hour: Date }[] }>(
    `select hour
       from detection_runs
      where hour >= ? and hour < ? and finished_at is not null
        and exists (select from address_rollups
                     where window_start >= hour and window_start < hour + interval '1 hour')
      order by hour`,
    [from, to],
  )
  return rows.map(({ hour }) => hour)
}

async function findingsOf(knex: Knex, hour: Date): Promise<Finding[]> {
  const { rows } = await knex.raw<{ rows: Finding[] }>(
    `select ip_address as address, incident, risk, severity, reason, status
       from suspicious_ips
      where window_start = ?`,
    [hour],
  )
  return rows.map((one) => ({ ...one, address: canonical(one.address) }))
}

/** The last thing that people said of each address. */
async function opinionsOf(knex: Knex): Promise<Map<string, SuspiciousIP['status']>> {
  const { rows } = await knex.raw<{ rows: { address: string; status: SuspiciousIP['status'] }[] }>(
    `select distinct on (ip_address) ip_address as address, status
       from suspicious_ips
      where status <> 'open'
      order by ip_address, reviewed_at desc`,
  )
  return new Map(rows.map(({ address, status }) => [canonical(address), status]))
}

function canonical(address: string): Address | Network | string {
  return parseAddress(address) ?? parseNetwork(address) ?? address
}
