import { bindModels } from '../models'
import type { Blocklist } from './blocklist/blocklist'
import type { Config } from './config'
import { joinBuses, PostgresBus, RedisBus } from './platform/bus'
import { cannotUse, connectWhileUp, openDatabase } from './platform/database'
import type { Opened } from './platform/lifecycle'
import { Lifeline } from './platform/lifeline'
import type { Logger } from './platform/logger'
import { migrate } from './platform/migrations'
import { openRedis } from './platform/redis'
import { isAway } from './platform/unavailable'

/** How long a start waits for a database that does not answer; protection must not wait longer. */
const FIRST_CONTACT_MS = 2_000

export type Stores = Awaited<ReturnType<typeof openStores>>

/** Where things are kept, and how instances tell each other that something changed. */
export async function openStores(config: Config, log: Logger, opened: Opened) {
  const { databaseUrl, dataDir, redisUrl } = config
  const database = opened.add(
    await openDatabase({ databaseUrl, dataDir, role: 'service', log }),
    (database) => database.close(),
  )
  const { connection, isEmbedded } = database
  // The embedded one lives in this process: asking it for a sign of life would tell nothing.
  const lifeline = opened.add(
    new Lifeline(connection, log, isEmbedded ? { askEveryMs: 0 } : {}),
    (lifeline) => lifeline.stop(),
  )
  let isMigrated = false
  lifeline.prepareWith(async () => {
    if (!isMigrated) await migrate(database.knex)
    isMigrated = true
  })

  const knex = isEmbedded
    ? database.knex
    : opened.add(connectWhileUp(connection, lifeline), (knex) => knex.destroy())
  const redis = redisUrl
    ? opened.add(openRedis(redisUrl, log), (redis) => redis.close())
    : undefined
  const postgresBus = new PostgresBus(knex, lifeline, log)
  const bus = opened.add(
    redis ? joinBuses(postgresBus, new RedisBus(redis, log)) : postgresBus,
    (bus) => bus.stop(),
  )
  await bus.start()
  await lifeline.start(FIRST_CONTACT_MS)
  return { database, lifeline, knex, models: bindModels(knex), redis, bus }
}

/**
 * Throws when the database was met and is of no use: a wrong password, no such database, a schema of
 * a newer version. That is an operator's mistake, to be told at once, unless a last known list says
 * whom to keep out meanwhile: then protection goes first, and /readyz and the log tell.
 */
export function refuseMistakes(
  { database, lifeline }: Stores,
  { state }: Pick<Blocklist, 'state'>,
): void {
  const { failure } = lifeline
  if (!failure || isAway(failure)) return
  if (database.isEmbedded || state.from === 'nowhere') {
    throw cannotUse(database.connection, failure)
  }
}
