import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Knex } from 'knex'
import { readConfig } from '../src/config'
import { seededRandom } from '../src/detection/learned/random'
import { openLocator } from '../src/geo/open'
import type { Address } from '../src/net/address'
import { createLogger } from '../src/platform/logger'
import { Erasures } from '../src/request-log/erasures'
import { Lines } from '../src/request-log/lines'
import { dayOf, ensurePartitions } from '../src/request-log/partitions'
import { Quarantine } from '../src/request-log/quarantine'
import type { LogEntry } from '../src/request-log/request-log'
import { Segment } from '../src/request-log/segment'
import { SpoolWriter } from '../src/request-log/spool-writer'
import { copyOut, copyText } from './copy-text'
import { withDatabase } from './database'

const ROUNDS = 7
const RECORDS = 200_000
/** So many addresses take part: an office's site, and one in the news. Each begins a roll-up per batch. */
const CLIENTS = [2_000, 20_000]
const SEGMENT_BYTES = 4 * 1024 * 1024
const START = Date.UTC(2026, 2, 1, 10)

/**
 * Rows per second of the writer, which reads the spool, finds places, and writes rows, roll-ups and
 * its position in a transaction per batch; against one COPY of the same finished rows as text into
 * a table with the same partitions and indexes. Paired runs, and the median of their ratios, for few
 * clients and for many.
 */
export async function benchCopy(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const config = readConfig({ DATA_DIR: folder })
  const log = createLogger('warn', process.stderr)
  const geo = openLocator(config, { redis: undefined, log, askProvider: false })
  try {
    await withDatabase(async ({ knex, isEmbedded }) => {
      await ensurePartitions(knex, [dayOf(START)])
      await makeTwin(knex)
      const write = async (clients: number, round: number): Promise<number> => {
        const spool = path.join(folder, `${clients}-${round}`)
        await fillSpool(spool, clients)
        const writer = new SpoolWriter({
          folder: spool,
          mostLines: isEmbedded ? 10_000 : 40_000,
          knex,
          locator: geo.locator,
          inHand: new Set(),
          quarantine: new Quarantine(folder, config),
          ipStorage: 'full',
          keyHours: 24,
          sensitivePaths: config.sensitivePaths,
          erasures: new Erasures(),
          flood: { allowance: Number.POSITIVE_INFINITY, leftOut() {} },
          log,
          rest: async () => {},
          report() {},
        })
        await empty(knex)
        return timed(() => writer.writeAll(new AbortController().signal))
      }

      for (const clients of CLIENTS) {
        await write(clients, 0)
        const rows = await copyOut(knex, 'copy (select * from request_logs) to stdout')
        await timed(() => copyText(knex, 'copy twin from stdin', rows))
        const ratios: number[] = []
        for (let round = 1; round <= ROUNDS; round++) {
          await empty(knex)
          const copied = await timed(() => copyText(knex, 'copy twin from stdin', rows))
          const written = await write(clients, round)
          ratios.push(copied / written)
          console.log(
            `round ${round}: COPY ${format(RECORDS / copied)} rows/s, writer ${format(RECORDS / written)} rows/s, ratio ${(copied / written).toFixed(2)}`,
          )
        }
        const [median] = ratios.toSorted((a, b) => a - b).slice(ROUNDS >> 1)
        console.log(
          `writer, ${format(clients)} clients: ${median!.toFixed(2)} of COPY (median of ${ROUNDS})`,
        )
      }
    })
  } finally {
    geo.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeTwin(knex: Knex): Promise<void> {
  const [since, until] = [0, 86_400_000].map((ms) => new Date(dayOf(START) + ms).toISOString())
  await knex.raw(`
    create table twin (like request_logs including all) partition by range (timestamp);
    create table twin_day partition of twin for values from ('${since}') to ('${until}')`)
}

/** Both begin with nothing, and with the disk at rest. */
async function empty(knex: Knex): Promise<void> {
  await knex.raw('truncate request_logs, address_rollups, spool_segments, twin')
  await knex.raw('checkpoint')
}

async function fillSpool(folder: string, clients: number): Promise<void> {
  await mkdir(folder)
  const random = seededRandom(1)
  const lines = new Lines()
  let segment = new Segment(folder)
  for (let i = 0; i < RECORDS; i++) {
    lines.add(entryOf(i, clients, random()))
    segment.append(lines.bytes, lines.size)
    lines.clear()
    if (segment.size < SEGMENT_BYTES) continue
    segment.close()
    segment = new Segment(folder)
    await new Promise((resolve) => setTimeout(resolve, 2)) // Names sort by their millisecond.
  }
  segment.close()
}

function entryOf(i: number, clients: number, random: number): LogEntry {
  // Some clients are loud and most are quiet: half of the requests are from an eighth of them.
  const client = Math.floor(clients * random ** 3)
  return {
    address:
      `${20 + (client % 60)}.${client % 251}.${client % 13}.${1 + (client % 250)}` as Address,
    timestamp: START + i * 10,
    method: 'GET',
    path: `/articles/${i % 997}/comments`,
    query: `page=${i % 10}`,
    status: i % 20 === 0 ? 404 : 200,
    durationMs: (i % 1_000) / 10,
    bytes: i % 9_999,
    userAgent: `Mozilla/5.0 (X11; Linux x86_64; rv:${i % 40}.0) Gecko/20100101 Firefox/${i % 40}.0`,
    account: null,
    source: 'service',
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
