import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Knex } from 'knex'
import { bindModels } from '../../models'
import { Blocklist } from '../../src/blocklist/blocklist'
import { type Address, requireAddress } from '../../src/net/address'
import { covers, type Network, partsOf, requireNetwork } from '../../src/net/network'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'

const NETWORKS = [
  ...['198.51.100.0/24', '198.51.100.0/28', '198.51.100.0', '198.51.100.7', '198.51.96.0/20'],
  ...['2001:db8::/32', '2001:db8::/48', '2001:db8::', '2001:db8:0:1::/64', '192.0.2.0/24'],
].map(requireNetwork)
const ADDRESSES = [
  ...['198.51.100.0', '198.51.100.7', '198.51.100.15', '198.51.100.16', '198.51.101.0'],
  ...['2001:db8::', '2001:db8::1', '2001:db8:0:1::9', '2001:db8:1::', '192.0.2.255', '203.0.4.175'],
].map(requireAddress)

/** Milliseconds from now after which a block ends, so far away that the test does not see it happen. */
const MINUTE = 60_000

type Step =
  | { kind: 'block'; network: Network; minutes: number | null; on: number }
  | { kind: 'unblock' | 'allow' | 'disallow'; network: Network; on: number }
  /** By plain SQL: many at once, more than are read one by one. */
  | { kind: 'import' }
  | { kind: 'drop' }

const IMPORTED = 1_200
/** One of those that are imported. */
const LAST_IMPORTED = requireNetwork('203.0.4.175')

/** What the tables should say, as plain maps. */
interface Expected {
  blocks: Map<Network, number>
  allowed: Set<Network>
}

describe('changes of the blocklist in any order, on two instances', () => {
  let database: TestDatabase
  let folder: string
  const lists: Blocklist[] = []

  before(async () => {
    database = await testDatabase()
    await database.clean()
    folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-interleavings-'))
    for (const name of ['one', 'other']) lists.push(await start(name))
  })
  after(async () => {
    for (const list of lists) await list.stop()
    await rm(folder, { recursive: true })
    await database.clean()
  })

  it('are in force where they were given, and soon everywhere, as if done one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 12 }), async (steps) => {
        const startedAt = Date.now()
        const expected: Expected = { blocks: new Map(), allowed: new Set() }
        for (const step of steps) {
          await take(step, startedAt)
          note(expected, step, startedAt)
          if ('on' in step) expectAsListed(lists[step.on]!, expected, startedAt)
        }
        await inStep()
        for (const list of lists) expectAsListed(list, expected, startedAt)
        await empty()
      }),
      { numRuns: 25 },
    )
  })

  it('are all in force in the end when they are given at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 25 }), async (steps) => {
        const startedAt = Date.now()
        await Promise.all(steps.map((step) => take(step, startedAt)))
        await inStep()

        const expected = await readTables(database.knex)
        for (const list of lists) expectAsListed(list, expected, startedAt)
        await empty()
      }),
      { numRuns: 25 },
    )
  })

  async function start(name: string): Promise<Blocklist> {
    const list = new Blocklist({
      models: bindModels(database.knex),
      connection: database.connection,
      bus: { subscribe() {}, async publish() {} },
      log: createLogger('silent'),
      trustedProxies: [],
      dataDir: await mkdtemp(path.join(folder, name)),
    })
    await list.start()
    return list
  }

  async function take(step: Step, startedAt: number): Promise<void> {
    if (step.kind === 'import') {
      await database.knex.raw(
        `insert into blocked_ips (ip_address, reason, source, blocked_by)
         select '203.0.0.0'::inet + i, 'many', 'import', 'x' from generate_series(0, ? - 1) i
             on conflict do nothing`,
        [IMPORTED],
      )
    } else if (step.kind === 'drop') {
      await database.knex('blocked_ips').where({ source: 'import' }).delete()
    } else if (step.kind === 'block') {
      const { network, minutes } = step
      const expiresAt = minutes === null ? null : new Date(startedAt + minutes * MINUTE)
      const given = { network, by: 'ada', reason: String(minutes) }
      await lists[step.on]!.block({ ...given, source: 'person', expiresAt, force: true })
    } else {
      const order = { network: step.network, by: 'ada', reason: 'a test' }
      await lists[step.on]![step.kind](order)
    }
  }

  /** Nobody tells them here, so they look when they are given an order, which changes nothing. */
  async function inStep(): Promise<void> {
    const network = requireNetwork('192.0.2.99')
    await Promise.all(lists.map((list) => list.unblock({ network, by: 'ada' })))
  }

  async function empty(): Promise<void> {
    await database.knex('blocked_ips').delete()
    await database.knex('allowed_networks').delete()
    await inStep()
  }
})

function step(): fc.Arbitrary<Step> {
  const network = fc.constantFrom(...NETWORKS)
  const on = fc.constantFrom(0, 1)
  const minutes = fc.constantFrom(-1, 1, 5, null)
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('block' as const), network, minutes, on }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('unblock' as const, 'allow' as const, 'disallow' as const),
        network,
        on,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Step>({ kind: 'import' }, { kind: 'drop' }),
    },
  )
}

function note({ blocks, allowed }: Expected, step: Step, startedAt: number): void {
  if (step.kind === 'block') {
    const { network, minutes } = step
    blocks.set(network, minutes === null ? Number.POSITIVE_INFINITY : startedAt + minutes * MINUTE)
  }
  if (step.kind === 'import') blocks.set(LAST_IMPORTED, Number.POSITIVE_INFINITY)
  if (step.kind === 'drop') blocks.delete(LAST_IMPORTED)
  if (step.kind === 'unblock') blocks.delete(step.network)
  if (step.kind === 'allow') allowed.add(step.network)
  if (step.kind === 'disallow') allowed.delete(step.network)
}

async function readTables(knex: Knex): Promise<Expected> {
  const blocked = await knex('blocked_ips')
    .whereNot({ source: 'import' })
    .orWhere({ ip_address: LAST_IMPORTED })
  const allowed = await knex('allowed_networks')
  return {
    blocks: new Map(
      blocked.map(({ ip_address, expires_at }) => {
        return [requireNetwork(ip_address), expires_at?.getTime() ?? Number.POSITIVE_INFINITY]
      }),
    ),
    allowed: new Set(allowed.map(({ ip_address }) => requireNetwork(ip_address))),
  }
}

/** Every question is answered as trying every network would, now and at other times. */
function expectAsListed(list: Blocklist, { blocks, allowed }: Expected, startedAt: number): void {
  for (const address of ADDRESSES) {
    const free = [...allowed].some((network) => covers(network, networkOf(address)))
    expect(list.isAllowed(address), address).to.equal(free)
    for (const minutes of [0, 1, 5]) {
      const now = startedAt + minutes * MINUTE
      const found = free ? undefined : mostSpecific(blocks, address, now)
      expect(list.find(address, now)?.ipAddress, address).to.equal(found)
    }
  }
}

function mostSpecific(blocks: Map<Network, number>, address: Address, now: number) {
  return [...blocks]
    .filter(([network, end]) => now < end && covers(network, networkOf(address)))
    .map(([network]) => network)
    .sort((a, b) => partsOf(b).prefix - partsOf(a).prefix)[0]
}

function networkOf(address: Address): Network {
  return address as string as Network
}
