import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { anyFormat } from '../access-log/any-format'
import type { IsTrusted } from '../access-log/format'
import { Intake } from '../access-log/intake'
import { readBytes, readLines, TooLong } from '../access-log/reader'
import { type Abouts, describe } from '../http/about'
import { visibleBytes } from '../net/visible'
import type { RequestLog } from '../request-log/request-log'
import { IngestAnswer } from './answers'
import { OldDays } from './old-days'

/** Most bytes of one body, after decompression; more is sent in several. */
const BODY_BYTES = 256 * 1024 * 1024
/** A JSON document has to be in memory as a whole. */
const DOCUMENT_BYTES = 16 * 1024 * 1024
/** A client that sends nothing for so long is cut off. */
const STALL_MS = 30_000
/** How long a body waits for the database; less than `STALL_MS`, for the client is not to blame. */
const ROOM_MS = 20_000

/** A byte that is not UTF-8 is shown inside a string, where a backslash is written twice. */
const JSON_BACKSLASH = '\\\\'

const TYPES = ['text/plain', 'application/x-ndjson', 'application/json']

const Document = z.union([
  z.array(z.unknown()),
  z.object({ records: z.array(z.unknown()) }).transform(({ records }) => records),
])

const ABOUT: Abouts = {
  'POST /v1/ingest': {
    who: 'ingest',
    says: 'Records requests that other servers have seen.',
    takes: TYPES,
    status: 202,
    answers: IngestAnswer,
  },
}

interface Parts {
  requestLog: Pick<RequestLog, 'recordAll' | 'room'>
  requireIngestKey: Middleware
  isTrusted: IsTrusted
  retentionDays: number
}

/**
 * `POST /v1/ingest`: requests that other servers have seen, as lines of their logs in any known
 * format or as JSON records, plain or gzip. Answers 202 with counts; a bad line never stops the rest. When the
 * answer is an error, it carries the counts as well: what was accepted stays.
 */
export function ingestRoutes(parts: Parts): Router {
  const { requestLog, requireIngestKey, isTrusted, retentionDays } = parts
  const router = describe(new Router(), ABOUT)
  const oldDays = new OldDays(retentionDays)

  router.post('/v1/ingest', requireIngestKey, async (ctx: Context) => {
    const type = ctx.is(TYPES)
    if (!type) ctx.throw(415, `Send one of ${TYPES.join(', ')}.`, { code: 'unknown_format' })

    const parse = oldDays.bound(anyFormat(isTrusted))
    const intake = new Intake(parse, (entries) => requestLog.recordAll(entries))
    try {
      await takeBody(ctx, type, intake, requestLog)
    } catch (error) {
      explain(ctx, error, intake)
    }
    ctx.status = 202
    ctx.body = counts(intake)
  })

  return router
}

async function takeBody(
  ctx: Context,
  type: string,
  intake: Intake,
  requestLog: Parts['requestLog'],
): Promise<void> {
  ctx.req.setTimeout(STALL_MS, () => ctx.req.destroy())
  for await (const lines of bodyLines(ctx, type)) {
    if (!intake.take(lines)) refuse(ctx, 507, 'The disk takes no more.', intake)
    if (await requestLog.room(ROOM_MS)) continue
    refuse(ctx, 503, 'The database does not keep up; send the rest later.', intake)
  }
}

async function* bodyLines(ctx: Context, type: string): AsyncGenerator<string[]> {
  if (type === 'text/plain') return yield* readLines(ctx.req, BODY_BYTES)
  if (type !== 'application/json') return yield* readLines(ctx.req, BODY_BYTES, JSON_BACKSLASH)

  const chunks: Buffer[] = []
  for await (const chunk of readBytes(ctx.req, DOCUMENT_BYTES)) chunks.push(chunk)
  const records = Document.parse(JSON.parse(visibleBytes(Buffer.concat(chunks), JSON_BACKSLASH)))
  // From here on a record is as good as a line, and is named by its number.
  yield records.map((record) => JSON.stringify(record))
}

function explain(ctx: Context, error: unknown, intake: Intake): never {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof TooLong) refuse(ctx, 413, `The body has ${error.message}.`, intake)
  if (error instanceof SyntaxError || error instanceof z.ZodError) {
    refuse(ctx, 400, 'The body is not JSON: an array of records, or {"records": […]}.', intake)
  }
  if (code?.startsWith('Z_')) refuse(ctx, 400, 'The gzip data is broken or cut off.', intake)
  if (ctx.req.destroyed) refuse(ctx, 408, 'The body did not arrive.', intake)
  throw error
}

function refuse(ctx: Context, status: number, message: string, intake: Intake): never {
  // The rest of the body is not wanted, and the connection is of no use until it has been read.
  ctx.throw(status, message, {
    code: 'not_ingested',
    problem: counts(intake),
    headers: { connection: 'close' },
  })
}

function counts({ accepted, rejected, firstRejected }: Intake): z.infer<typeof IngestAnswer> {
  return { accepted, rejected, firstRejected }
}
