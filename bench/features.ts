import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { addressRollups } from '../models/address-rollup'
import { readConfig } from '../src/config'
import { BetweenHours } from '../src/detection/between-hours'
import { observe, toMatrix, usualOf } from '../src/detection/features'
import { tallyHour } from '../src/detection/hour/in-database'
import { DetectionJob } from '../src/detection/job'
import { seededRandom } from '../src/detection/learned/random'
import { connect, type DatabaseConnection } from '../src/platform/database'
import { createLogger } from '../src/platform/logger'
import { Folds } from '../src/request-log/folds'
import { dayOf, ensurePartitions } from '../src/request-log/partitions'
import type { Rollable } from '../src/request-log/roll-up'
import { RollUps } from '../src/request-log/roll-ups'
import { windowsOf } from '../src/request-log/windows'
import { withDatabase } from './database'

const HOUR = Date.UTC(2026, 2, 1, 10)
const HOUR_MS = 3_600_000
const REQUESTS = 5_000_000
const BATCH = 10_000
/** Names without numbers, so that each is a template of its own. */
const SLUGS = Array.from({ length: 997 }, (_, nth) =>
  String(nth).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!),
)
const ROUNDS = 5
const JOB_ROUNDS = 3

/**
 * Seconds of the whole hourly job, and from the roll-ups of its hour to the matrix that the
 * detectors see: 5,000,000 requests of 200,000 addresses, and as many of 10,000, each request from
 * any of them. That is the hardest case, in which hardly an address comes twice in a batch. The
 * roll-ups are appended and folded as the writer does it, and vacuumed 60 times, as Postgres does by
 * itself within an hour. The delay is that of the event loop while the job runs, beside the
 * processor time of the whole process, threads included. Then the looks between the hours, and how
 * long others wait for the database meanwhile.
 */
export async function benchFeatures(): Promise<void> {
  for (const addresses of [200_000, 10_000]) {
    await withDatabase(async ({ knex, connection }) => {
      await ensurePartitions(knex, [dayOf(HOUR)])
      const seconds = await timed(() => fill(knex, addresses))
      const [{ rows } = { rows: 0 }] = await knex('address_rollups').count('* as rows')
      console.log(
        `${format(REQUESTS)} requests of ${format(addresses)} addresses: rolled up, appended and folded in ${seconds.toFixed(0)} s, ${format(Number(rows))} rows`,
      )
      const times: number[] = []
      for (let round = 1; round <= ROUNDS; round++) {
        times.push(await timed(() => features(knex, addresses)))
      }
      const [median] = times.toSorted((a, b) => a - b).slice(ROUNDS >> 1)
      console.log(`  features in ${median!.toFixed(2)} s (median of ${ROUNDS})`)
      await benchJob(knex, connection)
      await benchLooks(knex, connection)
    })
  }
}

async function benchJob(knex: Knex, connection: DatabaseConnection): Promise<void> {
  const job = new DetectionJob({
    knex,
    thread: { connection },
    blocklist: { isAllowed: () => false },
    drain: async () => {},
    settings: readConfig({}),
    log: createLogger('warn', process.stderr),
  })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  for (let round = 1; round <= JOB_ROUNDS; round++) {
    const usage = process.cpuUsage()
    delay.reset()
    delay.enable()
    const seconds = await timed(async () => {
      await job.run(new Date(HOUR), { force: true })
    })
    delay.disable()
    const { user, system } = process.cpuUsage(usage)
    const [p99, most] = [delay.percentile(99) / 1e6, delay.max / 1e6]
    console.log(
      `  whole job in ${seconds.toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of processor time), delay of the event loop p99 ${p99.toFixed(1)} ms, most ${most.toFixed(0)} ms`,
    )
  }
  await job.stop()
}

/** A look at everybody, and then at one more who attacks. */
async function benchLooks(knex: Knex, connection: DatabaseConnection): Promise<void> {
  await knex('detection_runs').delete()
  const looks = new BetweenHours({
    knex,
    blocklist: { isAllowed: () => false },
    autoblock: { enforce: async () => 0 },
    settings: readConfig({}),
    isUp: () => true,
    log: createLogger('warn', process.stderr),
  })
  const now = new Date(HOUR + 59.9 * 60_000)
  for (const whom of ['everybody', 'who stirs']) {
    const hunted = Array.from({ length: 20 }, () => ({
      ...request(0.99, 250_000 + (whom === 'everybody' ? 0 : 1), 20),
      path: '/.env',
      timestamp: now.getTime(),
    }))
    const rolling = new RollUps(['/admin', '/login']).begin()
    rolling.add(hunted)
    await knex.transaction((trx) =>
      addressRollups.append(trx, addressRollups.encode(rolling.table)),
    )
    await knex.raw(`select nextval('request_logs_id_seq')`)
    const others = waiting(connection)
    let saved = 0
    const seconds = await timed(async () => {
      saved = await looks.look(now)
    })
    console.log(
      `  look at ${whom}: ${seconds.toFixed(2)} s, ${saved} findings; others wait ${(await others.longest()).toFixed(0)} ms at most`,
    )
  }
  await looks.stop()
}

/** Asks for next to nothing, again and again. */
function waiting(connection: DatabaseConnection): { longest(): Promise<number> } {
  const knex = connect(connection, { max: 1 })
  let isDone = false
  let longest = 0
  const asking = (async () => {
    while (!isDone) {
      const startedAt = performance.now()
      await knex.raw('select 1')
      longest = Math.max(longest, performance.now() - startedAt)
      await sleep(20)
    }
  })()
  return {
    async longest() {
      isDone = true
      await asking
      await knex.destroy()
      return longest
    },
  }
}

async function fill(knex: Knex, addresses: number): Promise<void> {
  const random = seededRandom(1)
  const rollUps = new RollUps(['/admin', '/login'])
  const folds = new Folds()
  for (let done = 0; done < REQUESTS; done += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) =>
      request((done + i) / REQUESTS, Math.floor(random() * addresses), Math.floor(random() * 1e6)),
    )
    const rolling = rollUps.begin()
    rolling.add(batch)
    const rolled = rolling.table
    await knex.transaction((trx) => addressRollups.append(trx, addressRollups.encode(rolled)))
    folds.added(windowsOf(rolled))
    await folds.foldDue(knex)
    if (Math.floor((60 * done) / REQUESTS) !== Math.floor((60 * (done + BATCH)) / REQUESTS)) {
      await knex.raw('vacuum address_rollups')
    }
  }
}

function request(moment: number, client: number, n: number): Rollable {
  return {
    ipAddress: `${20 + (client >> 16)}.${(client >> 8) & 255}.${client & 255}.${1 + (client % 250)}`,
    timestamp: HOUR + Math.floor(moment * HOUR_MS),
    method: n % 10 === 0 ? 'POST' : 'GET',
    path: n % 1_000 === 0 ? '/login' : `/articles/${SLUGS[n % SLUGS.length]}/comments`,
    query: `page=${n % 10}`,
    status: n % 20 === 0 ? 404 : 200,
    bytes: n % 9_999,
    userAgent: `Mozilla/5.0 (X11; Linux x86_64; rv:${client % 40}.0) Gecko/20100101 Firefox/${client % 40}.0`,
    country: 'DE',
    asn: 3_320,
    account: null,
    source: 'service',
  }
}

async function features(knex: Knex, addresses: number): Promise<void> {
  const tallies = await tallyHour(knex, new Date(HOUR), ['/admin', '/login'])
  const observed = observe(tallies)
  const { rows } = toMatrix(observed, usualOf(observed))
  if (rows !== addresses) throw new Error(`${rows} rows instead of ${addresses}`)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
