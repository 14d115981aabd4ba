import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Block, Blocklist } from '../blocklist/blocklist'
import { Edition } from '../blocklist/edition'
import { Snapshot } from '../blocklist/snapshot'
import { type Abouts, describe } from '../http/about'
import { inPieces } from '../http/in-pieces'
import { AddressText } from '../http/schemas'
import { readQuery } from '../http/validate'
import type { Network } from '../net/network'
import { within } from '../platform/patience'
import { DecisionStreamAnswer, DecisionsAnswer } from './answers'

/** Bouncers whose last answer is remembered; one that is forgotten is sent everything again. */
const MOST_BOUNCERS = 100
/** Who has not asked for so long has ended: what it has been sent need not be kept in memory. */
const FORGET_AFTER_MS = 86_400_000

/** How long an answer waits for the database to say what has ended; less than a bouncer waits. */
const ENDED_WITHIN_MS = 1_000

const NOTHING = new Edition(Snapshot.empty(), 0)

/** What a bouncer knows. */
interface Sent {
  edition: Edition
  /** Whether it may hold what ended before we remembered it: it ran on while this service started anew. */
  holdsEnded: boolean
}

/** Bouncers drop a decision when its duration is over, so one without an end gets a long one. */
const FOREVER_MS = 10 * 365 * 86_400_000

const Pull = z.object({ startup: z.enum(['true', 'false']).default('false') })
const Question = z.object({ ip: AddressText })

/** A decision in the words of CrowdSec's local API. */
interface Decision {
  id: number
  origin: string
  type: 'ban'
  scope: 'Ip' | 'Range'
  value: string
  scenario: string
  duration: string
}

const ABOUT: Abouts = {
  'GET /v1/decisions': {
    who: 'bouncer',
    says: 'The decision on an address, as in CrowdSec’s local API.',
    query: Question,
    answers: DecisionsAnswer,
  },
  'GET /v1/decisions/stream': {
    who: 'bouncer',
    says: 'What has changed since this key asked last.',
    query: Pull,
    answers: DecisionStreamAnswer,
  },
}

interface Parts {
  blocklist: Pick<Blocklist, 'edition' | 'find' | 'recentlyChanged'>
  requireBouncerKey: Middleware
}

/**
 * What CrowdSec's bouncers ask (OpenAPI of its local API, v1): `GET /v1/decisions?ip=` and
 * `GET /v1/decisions/stream?startup=`, so that they work with this service unchanged.
 *
 * A stream answers what has changed since the same key asked last: everything at start-up. Of each
 * bouncer the edition of the list is remembered that it has been sent whole. One that is not known,
 * because this service started anew or forgot it, and does not say that it starts, is also told what
 * has ended of late; when the database cannot say so in time, with a later answer. A long answer is
 * made while it is sent (`bench/bouncer.ts`).
 */
export function bouncerRoutes({ blocklist, requireBouncerKey }: Parts): Router {
  const router = describe(new Router(), ABOUT)
  const sent = new LRUCache<number, Sent>({ max: MOST_BOUNCERS, ttl: FORGET_AFTER_MS })

  router.get('/v1/decisions', requireBouncerKey, (ctx: Context) => {
    const { ip } = readQuery(ctx, Question)
    const block = blocklist.find(ip)
    // The protocol says null, not an empty list.
    ctx.body = JSON.stringify(block ? [decision(block)] : null)
    ctx.type = 'application/json'
  })

  router.get('/v1/decisions/stream', requireBouncerKey, async (ctx: Context) => {
    const { startup } = readQuery(ctx, Pull)
    const bouncer: number = ctx.state.identity.keyId
    const isNew = startup === 'true'
    const known = isNew ? undefined : sent.get(bouncer)
    const { edition: before, holdsEnded } = known ?? { edition: NOTHING, holdsEnded: !isNew }
    const now = blocklist.edition()
    // Asked after the edition was made, so that nothing ends unseen in between.
    const changed = holdsEnded ? await lately() : undefined
    const ended = changed ? now.without(changed) : []
    ctx.type = 'application/json'
    ctx.body = Readable.from(inPieces(changes(before, now, ended)))
    // Who is cut off, or asked for the head alone, has not been told.
    if (ctx.method !== 'GET') return
    ctx.res.once('finish', () =>
      sent.set(bouncer, { edition: now, holdsEnded: holdsEnded && !changed }),
    )
  })

  /** What has changed of late; undefined when the database does not say so soon. */
  async function lately(): Promise<Network[] | undefined> {
    try {
      return await within(blocklist.recentlyChanged(), ENDED_WITHIN_MS)
    } catch {
      return undefined
    }
  }

  return router
}

function* changes(before: Edition, now: Edition, ended: Iterable<Network>): Generator<string> {
  yield* list('{"new":[', now.unlike(before))
  yield* list('],"deleted":[', gone(before, now, ended))
  yield ']}'
}

function* gone(before: Edition, now: Edition, ended: Iterable<Network>): Generator<Block> {
  yield* before.unlike(now)
  // Bouncers go by the value; of what has ended nothing else is known any more.
  const rest = {
    reason: 'ended',
    source: 'person',
    sourceName: null,
    expiresAt: new Date(),
  } as const
  for (const ipAddress of ended) yield { ipAddress, ...rest }
}

function* list(head: string, blocks: Iterable<Block>): Generator<string> {
  yield head
  let separator = ''
  for (const block of blocks) {
    yield separator + JSON.stringify(decision(block))
    separator = ','
  }
}

function decision(block: Block): Decision {
  const { ipAddress, reason, source, sourceName, expiresAt } = block
  const leftMs = expiresAt ? Math.max(0, expiresAt.getTime() - Date.now()) : FOREVER_MS
  return {
    id: idOf(block),
    origin: sourceName ?? source,
    type: 'ban',
    scope: ipAddress.includes('/') ? 'Range' : 'Ip',
    value: ipAddress,
    scenario: reason,
    duration: `${Math.ceil(leftMs / 1_000)}s`,
  }
}

/** The same for as long as the block is: a new end or reason makes it a new decision. */
function idOf({ ipAddress, reason, expiresAt }: Block): number {
  const text = JSON.stringify([ipAddress, reason, expiresAt])
  // 48 bits: as many as a number in JSON surely keeps.
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}
