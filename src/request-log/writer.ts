import { setTimeout as sleep } from 'node:timers/promises'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Knex } from 'knex'
import type { Config } from '../config'
import { answerQuestions } from '../geo/counter'
import { openLocator } from '../geo/open'
import type { GeoSettings } from '../geo/settings'
import type { Address } from '../net/address'
import { connect, type DatabaseConnection } from '../platform/database'
import type { Role } from '../platform/embedded/lock'
import { createLogger } from '../platform/logger'
import { openRedis } from '../platform/redis'
import { Erasures } from './erasures'
import { Flood } from './flood'
import { Quarantine } from './quarantine'
import { Restraint } from './restraint'
import { adoptSegments } from './spool'
import { SpoolWriter } from './spool-writer'
import { limitSpool } from './upkeep'

// The thread that empties the spool: nothing that a request waits for happens here.

export type WriterSettings = Pick<
  Config,
  | 'databaseUrl'
  | 'redisUrl'
  | 'ipStorage'
  | 'anonymizeAfterHours'
  | 'retentionDays'
  | 'sensitivePaths'
> &
  GeoSettings

/** What the thread is started with. */
export interface WriterSetup {
  /** Folder of all spools, and the one of this process in it. */
  root: string
  folder: string
  /** A service also writes what dead processes have left behind. */
  role: Role
  capBytes: number
  connection: DatabaseConnection
  settings: WriterSettings
  logLevel: Config['logLevel']
  /** Where the request thread asks for places. */
  questions?: MessagePort | undefined
}

/**
 * To the thread: write what is there, then forget what else is known of an address, or the places
 * of all that are remembered, and say so; end; or heed whether requests need the processor.
 */
export interface DrainOrder {
  drain: number
  forget?: Address | 'places' | undefined
}
export type WriterOrder = DrainOrder | { stop: true } | { busy: boolean }

/** From the thread: counts since the report before, the bytes that wait, the drain that is done. */
export interface WriterReport {
  written?: number
  leftOut?: number
  quarantined?: number
  dropped?: number
  spoolBytes?: number
  drained?: number
  /** The drain behind which not all could be forgotten. */
  unforgotten?: number
}

const POLL_MS = 200
const ADOPT_EVERY_MS = 15_000
const TIDY_EVERY_MS = 3_600_000
const UPKEEP_EVERY_MS = 500
const COMPLAIN_EVERY_MS = 30_000
const FIRST_WAIT_MS = 250
/** Waits after failures double up to this. */
const LONGEST_WAIT_MS = 2_000
const CLOSE_LIMIT_MS = 500
/** A batch takes far less. Whoever waits longer waits for a server that is gone or frozen. */
const QUERY_LIMIT_MS = 10_000
/** Most lines in one transaction; the embedded database does nothing else meanwhile. */
const MOST_LINES = { server: 40_000, embedded: 10_000 }
/** As much must wait before rows may be sampled: a minute's worth of some 6,000 requests a second. */
const FLOOD_BYTES = 64 * 1024 * 1024

const { root, folder, role, capBytes, connection, settings, logLevel, questions }: WriterSetup =
  workerData
const log = createLogger(logLevel, role === 'script' ? process.stderr : process.stdout)
const redis = settings.redisUrl ? openRedis(settings.redisUrl, log) : undefined
const geo = openLocator(settings, { redis, log, askProvider: role === 'service' })
if (questions) {
  answerQuestions(questions, geo.locator)
  void geo.warmUp()
}
const quarantine = new Quarantine(root, settings)
const floodBytes = Math.min(FLOOD_BYTES, capBytes / 4)
const flood = new Flood(floodBytes, log)
const erasures = new Erasures()
const parts = {
  folder,
  mostLines: settings.databaseUrl ? MOST_LINES.server : MOST_LINES.embedded,
  locator: geo.locator,
  inHand: new Set<string>(),
  quarantine,
  ipStorage: settings.ipStorage,
  keyHours: settings.anonymizeAfterHours,
  sensitivePaths: settings.sensitivePaths,
  flood,
  erasures,
  log,
  report,
  rest: (workedMs: number) => restraint.rest(workedMs),
}

const stopping = new AbortController()
/** Much is waiting when a drain does, too. */
const restraint = new Restraint(() => asked > answered || waitingBytes > floodBytes / 2)
let waitingBytes = 0
/** Ends the wait before the next look into the folder. */
let wake = new AbortController()
/** The latest drain that was asked for, and the latest that was answered. */
let asked = 0
let answered = 0
/** Drains behind which something is to be forgotten. */
let toForget: DrainOrder[] = []
let failures = 0
/** Whether anything was written since the upkeep last looked. */
let wrote = false
let adoptedAt = Number.NEGATIVE_INFINITY
let tidiedAt = Number.NEGATIVE_INFINITY
let complainedAt = Number.NEGATIVE_INFINITY

parentPort?.on('message', (order: WriterOrder) => {
  if ('busy' in order) return restraint.heed(order.busy)
  if ('stop' in order) stopping.abort()
  else {
    asked = order.drain
    if (order.forget) toForget.push(order)
    // What a dead process has left, and what is kept aside, may be of the one who is to be forgotten.
    if (order.forget) adoptedAt = tidiedAt = Number.NEGATIVE_INFINITY
  }
  wake.abort()
})

void main()

async function main(): Promise<void> {
  const upkeep = keepUp()
  while (!stopping.signal.aborted) await writeUntilFailure()
  await upkeep
  geo.close()
  redis?.close()
  parentPort?.close()
}

/**
 * The life of one connection: writes what there is, looks again a little later, until something
 * fails. Then everything it knew (positions, partitions) is forgotten with it.
 */
async function writeUntilFailure(): Promise<void> {
  const knex = connect({ ...connection, query_timeout: QUERY_LIMIT_MS }, { max: 1 })
  const writer = new SpoolWriter({ ...parts, knex }, failures)
  try {
    while (!stopping.signal.aborted) {
      await adoptNowAndThen()
      await tidyNowAndThen(knex)
      const order = asked
      await writer.writeAll(stopping.signal)
      failures = 0
      await forgetUpTo(order)
      if (order > answered) report({ drained: order })
      answered = order
      await nap()
    }
  } catch (error) {
    if (stopping.signal.aborted) return
    complain(error)
    flood.writingFailed()
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS)
    await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {}) // Stopped.
  } finally {
    // A frozen server must not hold up the next attempt.
    await Promise.race([knex.destroy(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })])
  }
}

async function forgetUpTo(last: number): Promise<void> {
  const due = toForget.filter(({ drain }) => drain <= last)
  toForget = toForget.filter(({ drain }) => drain > last)
  for (const { drain, forget: subject } of due) {
    if (!(await forget(subject!).catch(complain))) report({ unforgotten: drain })
  }
}

/** False when the shared cache could not be told. */
async function forget(subject: Address | 'places'): Promise<boolean> {
  if (subject !== 'places') {
    await quarantine.forget(subject)
    return geo.locator.forget(subject)
  }
  geo.locator.forgetAll()
  return true
}

async function adoptNowAndThen(): Promise<void> {
  if (role !== 'service' || performance.now() - adoptedAt < ADOPT_EVERY_MS) return
  adoptedAt = performance.now()
  try {
    await adoptSegments(root, folder)
  } catch (error) {
    log.warn({ error }, 'request log: cannot take over what a dead process left')
  }
}

async function tidyNowAndThen(knex: Knex): Promise<void> {
  if (role !== 'service' || performance.now() - tidiedAt < TIDY_EVERY_MS) return
  tidiedAt = performance.now()
  try {
    // While the database is away those that are known will do.
    await erasures.read(knex).catch(complain)
    await quarantine.tidy(erasures)
  } catch (error) {
    log.warn({ error }, 'request log: the quarantine cannot be tidied now')
  }
}

async function keepUp(): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      const { bytes, dropped } = await limitSpool(folder, capBytes, parts.inHand)
      flood.look(bytes, wrote)
      waitingBytes = bytes
      wrote = false
      report({ spoolBytes: bytes, dropped })
    } catch (error) {
      complain(error)
    }
    await sleep(UPKEEP_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {}) // Stopped.
  }
}

/** Waits for the next look, or until somebody drains. */
async function nap(): Promise<void> {
  await sleep(POLL_MS, undefined, { signal: wake.signal }).catch(() => {}) // Woken.
  if (wake.signal.aborted) wake = new AbortController()
}

function report(report: WriterReport): void {
  if (report.written !== undefined) wrote = true
  parentPort?.postMessage(report)
}

function complain(error: unknown): void {
  if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return
  complainedAt = performance.now()
  log.warn({ error }, 'request log: not written, it stays in the spool and is tried again')
}
