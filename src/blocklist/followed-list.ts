import { setTimeout as sleep } from 'node:timers/promises'
import { coalesce } from '../platform/coalesce'
import type { DatabaseConnection } from '../platform/database'
import type { Logger } from '../platform/logger'
import { OwnConnection } from '../platform/own-connection'
import type { RedisConnection } from '../platform/redis'
import { type Changes, readChanges } from './changes'
import { LastKnown } from './last-known'
import { Loader } from './loader'
import { Snapshot } from './snapshot'

/** Notices between instances may be lost; this is how long one may then be behind. */
const LOOK_EVERY_MS = 5_000
/** How often the database is asked again while it does not answer. */
const RETRY_MS = 1_000
/** How long a start waits for the database before the last known list is put in force. */
const START_WITHIN_MS = 2_000
/** How long a start waits for a long list when no other is known. */
const LONG_LIST_WITHIN_MS = 30_000
/** Changes after which the list is loaded whole again: what has ended leaves memory by that. */
const MOST_CHANGES = 50_000

/** Where the list in force comes from, and how old it is. */
export interface BlocklistState {
  /** `nowhere`: no list is known yet, so nobody is refused. */
  from: 'database' | 'disk' | 'redis' | 'nowhere'
  /** When it was last known to be what the database says: milliseconds since 1970. */
  asOf?: number
}

export interface FollowedParts {
  /** Makes connections of its own: one to follow changes, one to load a long list in a thread. */
  connection: DatabaseConnection
  log: Logger
  /** Keeps the last known list, for a start without the database. */
  dataDir: string
  /** Keeps it too, for all instances. */
  redis?: RedisConnection | undefined
}

/**
 * The list in force: a snapshot of the tables in memory, kept up to date.
 *
 * It looks when told to, and at the latest when its timer does. A look reads what has changed; the
 * list is loaded whole only at the start, when too much has changed at once (an import), and when
 * the database was away. While it is away the last snapshot stays in force.
 */
export class FollowedList {
  readonly #log: Logger
  readonly #connection: OwnConnection
  readonly #loader: Loader
  readonly #lastKnown: LastKnown
  readonly #look = coalesce(() => this.#takeOver())
  readonly #load = coalesce(() => this.#loadWhole())
  #snapshot = Snapshot.empty()
  /** Of the snapshot; undefined while it is not from the database. */
  #revision: number | undefined
  #state: BlocklistState = { from: 'nowhere' }
  /** Whether the snapshot holds everything up to its revision. */
  #whole = false
  /** Whether the last attempt to be up to date failed. */
  #behind = false
  /** While a load is under way: what was taken over since it began. */
  #meanwhile: Changes[] | undefined
  #changesSinceLoad = 0
  #following: Promise<unknown> = Promise.resolve()
  #stopped = false
  #timer?: NodeJS.Timeout

  constructor(parts: FollowedParts) {
    this.#log = parts.log
    this.#connection = new OwnConnection(parts.connection)
    this.#loader = new Loader(this.#connection, parts.connection)
    this.#lastKnown = new LastKnown(parts)
  }

  /**
   * Puts the list in force and follows it from then on. Never throws and never waits long: when
   * the database does not answer within `withinMs`, the last known list is in force until it
   * does, and an empty one when none is known; `state` tells which. Only a long list that is on
   * its way is waited for, when there is no other.
   */
  async start(withinMs = START_WITHIN_MS): Promise<void> {
    const following = this.follow()
    await Promise.race([following, pause(withinMs)])
    if (this.#state.from === 'nowhere') await this.#recall()
    if (this.#state.from === 'nowhere' && this.#loader.underWay) {
      await Promise.race([following, pause(LONG_LIST_WITHIN_MS)])
    }
    if (this.#state.from === 'nowhere') {
      const message =
        'blocklist: the database does not answer and no list is known: NOBODY IS REFUSED'
      this.#log.error(message)
    }
  }

  /** Follows no longer; resolves when nothing is under way and the last known list is kept. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.all([this.#connection.close(), this.#loader.stop()])
    await this.#following
    await this.#lastKnown.stop()
  }

  /** What is in force now; another object as soon as anything has changed. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get state(): BlocklistState {
    return this.#state
  }

  /** Looks what has changed; never rejects: says in the log that it fails, once, and once that it is over. */
  follow(): Promise<unknown> {
    if (this.#stopped) return this.#following
    const looked = this.#look().then(({ loading }) => loading)
    this.#following = looked.then(this.#succeeded, this.#failed)
    void this.#following.then(() => this.#lookLater())
    return this.#following
  }

  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    const waitMs = this.#behind ? RETRY_MS : LOOK_EVERY_MS
    this.#timer = setTimeout(() => void this.follow(), waitMs).unref()
  }

  /** Puts the last known list in force, unless the database has answered meanwhile. */
  async #recall(): Promise<void> {
    const known = await this.#lastKnown.recall()
    if (!known || this.#state.from !== 'nowhere') return
    const { snapshot, from, asOf } = known
    this.#snapshot = snapshot
    this.#state = { from, asOf }
    const facts = { from, asOf: new Date(asOf), entries: snapshot.size }
    const message = 'blocklist: the database does not answer, the last known list is in force'
    this.#log.warn(facts, message)
  }

  readonly #succeeded = () => {
    if (!this.#behind || !this.#whole) return
    this.#behind = false
    this.#log.info('blocklist: up to date again')
  }

  readonly #failed = (error: unknown) => {
    // Who was away may come back as another, for example restored from a backup.
    this.#whole = false
    if (this.#stopped || this.#behind) return
    this.#behind = true
    const message = 'blocklist: not refreshed, the last snapshot stays in force'
    this.#log.warn({ error }, message)
  }

  /**
   * Takes over what has changed. When that is too much to be read one by one, what can be read is
   * in force at once, and the rest when `loading` has resolved: other looks need not wait for it.
   */
  async #takeOver(): Promise<{ loading?: Promise<void> }> {
    const since = this.#revision
    if (since === undefined) {
      await this.#load()
      return {}
    }
    const asOf = Date.now()
    const changes = await readChanges(this.#connection, since)
    // A load that ended meanwhile knows more than what was asked before.
    if (since !== this.#revision && changes.revision <= this.#revision!) return {}
    this.#apply(changes, asOf)

    if (this.#whole || (changes.complete && this.#meanwhile)) return {}
    const loading = this.#load()
    if (!changes.complete) return { loading }
    loading.then(this.#succeeded, this.#failed)
    return {}
  }

  #apply(changes: Changes, asOf: number): void {
    const { networks, revision, complete } = changes
    this.#meanwhile?.push(changes)
    this.#changesSinceLoad += networks.length
    if (!complete || this.#changesSinceLoad > MOST_CHANGES) this.#whole = false
    if (this.#whole) this.#state = { from: 'database', asOf }
    this.#revision = revision
    if (networks.length > 0) this.#enforce(this.#snapshot.with(networks), asOf)
  }

  async #loadWhole(): Promise<void> {
    const asOf = Date.now()
    const meanwhile: Changes[] = []
    this.#meanwhile = meanwhile
    try {
      const loaded = await this.#loader.load()
      let { snapshot, revision } = loaded
      for (const changes of meanwhile.filter((changes) => changes.revision > loaded.revision)) {
        snapshot = snapshot.with(changes.networks)
        revision = changes.revision
      }
      this.#revision = revision
      this.#whole = true
      this.#changesSinceLoad = 0
      this.#state = { from: 'database', asOf }
      this.#enforce(snapshot, asOf)
    } finally {
      this.#meanwhile = undefined
    }
  }

  #enforce(snapshot: Snapshot, asOf: number): void {
    this.#snapshot = snapshot
    // What is not whole is not of its revision; the load that makes it so is under way.
    if (this.#whole) this.#lastKnown.keep({ snapshot, revision: this.#revision!, asOf })
  }
}

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false })
}
