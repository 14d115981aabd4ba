import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Logger } from '../logger'
import { hostDatabase } from './host-thread'
import { lockHolder, type Role, takeLock } from './lock'
import { type Place, preparePlace } from './place'
import { openSteadily } from './steady'

/**
 * How long a host that closes goes on serving the others: a script's import must not break
 * because the script that came first was quicker.
 */
const DRAIN_MS = { service: 3_000, script: 600_000 }

/** How long one waits for another process to serve the database, or to let it go. */
const WAIT_MS = { service: 900_000, script: 60_000 }
const LOOK_AGAIN_MS = 50

export interface EmbeddedOptions {
  dataDir: string
  role: Role
  /** Whether a commit waits for the disk. */
  fsync: boolean
  log: Logger
  /** A script's: called when the database has gone, here or in the process joined. */
  onLost(error: Error): void
}

export interface Embedded {
  /** A `postgresql://` URL, for this process and for others on this machine. */
  url: string
  close(): Promise<void>
}

/**
 * Opens the database that lives in `dataDir`: in a thread of this process, or, when another process
 * has it open, there.
 *
 * One process at a time hosts it, because two engines on one folder lose each other's rows. A
 * script that finds no host is one for as long as it runs and others have joined it; a service
 * does not join a script, which ends soon, but waits for it. Throws when neither works in time.
 * When it is lost, or its disk is full, a service opens it as soon as that works; a script is told.
 */
export function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  if (options.role === 'script') return open(options)
  const { url } = preparePlace(options.dataDir)
  return openSteadily(url, (onLost) => open({ ...options, onLost }), options.log)
}

async function open(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, role, log } = options
  const place = preparePlace(dataDir)
  const until = Date.now() + WAIT_MS[role]
  for (let turn = 0; Date.now() < until; turn++) {
    const holder = lockHolder(place.lock)
    const waits = role === 'service' && holder?.role === 'script'
    if (waits && turn === 0) log.info({ pid: holder.pid }, 'database: waiting for a script to end')

    const opened = holder ? !waits && (await join(place, options)) : await host(place, options)
    if (opened) return opened
    await sleep(LOOK_AGAIN_MS)
  }
  const { pid } = lockHolder(place.lock) ?? {}
  throw new Error(`the database in ${dataDir} is held by process ${pid}, which does not share it`)
}

async function host(place: Place, options: EmbeddedOptions): Promise<Embedded | undefined> {
  const { role, fsync, log, onLost } = options
  const lock = takeLock(place.lock, role)
  if (!lock) return undefined

  const release = () => lock.release()
  const thread = await hostDatabase({ ...place, fsync }, log, onLost).catch((error: unknown) => {
    release()
    throw error
  })
  void thread.ended.finally(release)
  return { url: place.url, close: () => thread.close(DRAIN_MS[role]) }
}

/** pg's types leave `unref` out: a connection that does not keep the process alive. */
type Stay = Client & { unref(): void }

/**
 * Joins the process that hosts the database, with a connection that is there only to be open: the
 * host goes on while it is.
 */
async function join(place: Place, { onLost }: EmbeddedOptions): Promise<Embedded | undefined> {
  const stay = new Client({ connectionString: place.url, connectionTimeoutMillis: 3_000 }) as Stay
  let left = false
  stay.on('error', () => {}) // 'end' follows, and is what matters
  try {
    await stay.connect()
  } catch {
    return undefined // not there yet, or not any more: the caller looks again
  }
  stay.on('end', () => {
    if (!left) onLost(new Error('the process that hosted the database has ended'))
  })
  stay.unref()
  return {
    url: place.url,
    async close() {
      left = true
      await stay.end()
    },
  }
}
