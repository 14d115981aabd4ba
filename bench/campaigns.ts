import { monitorEventLoopDelay } from 'node:perf_hooks'
import { findCampaigns } from '../src/detection/campaigns/campaigns'
import type { Tally } from '../src/detection/hour/tally'
import type { Address } from '../src/net/address'
import { Traffic } from '../test/detection/campaigns/traffic'

const SIZES = [20, 100, 395, 2_000]
const ADDRESSES = 200_000
const ROUNDS = 5

const ATTACKS: Record<string, (traffic: Traffic, size: number) => Address[]> = {
  'hunt, 1–3 requests, from few networks': (t, size) => t.hunt(size, { perNetwork: 8 }),
  'hunt, 1–3 requests, from anywhere': (t, size) => t.hunt(size),
  'hunt, 4–9 requests, from anywhere': (t, size) => t.hunt(size, { least: 4, most: 9 }),
  'stuffing, 5 attempts': (t, size) => t.stuffing(size),
  'stuffing, 2 attempts': (t, size) => t.stuffing(size, { each: 2 }),
  'flood, 40–120 requests': (t, size) => t.flood(size, { each: 80 }),
  'scraping, 30 pages': (t, size) => t.scraping(size),
}

/**
 * Members found, and others taken for members, in made-up hours with visitors, users and all
 * that only looks like a campaign; and the time for 200,000 addresses.
 */
export async function benchCampaigns(): Promise<void> {
  for (const [name, attack] of Object.entries(ATTACKS)) {
    for (const size of SIZES) {
      const traffic = usual(new Traffic(size), 400)
      const members = new Set(attack(traffic, size))
      const found = (await findCampaigns(traffic.tallies())).flatMap(({ members }) => members)
      const right = found.filter((address) => members.has(address)).length
      const recall = (right / size).toFixed(3)
      console.log(`${name}, ${size} members: recall ${recall}, others ${found.length - right}`)
    }
  }
  await benchTime()
}

async function benchTime(): Promise<void> {
  const traffic = usual(new Traffic(), 20_000)
  traffic.hunt(2_000, { perNetwork: 8 })
  traffic.stuffing(2_000)
  const tallies = grown(traffic.tallies())
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await findCampaigns(tallies)
    times.push(performance.now() - start)
  }
  const [median] = times.sort((a, b) => a - b).slice(ROUNDS >> 1)
  console.log(
    `${ADDRESSES} addresses: ${(median! / 1_000).toFixed(2)} s (median of ${ROUNDS}), event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms`,
  )
}

function usual(traffic: Traffic, visitors: number): Traffic {
  traffic.visitors(visitors)
  traffic.users(visitors / 3)
  traffic.decoys(visitors / 4)
  return traffic
}

/** The same clients again under other addresses, until there are enough. */
function grown(tallies: readonly Tally[]): Tally[] {
  return Array.from({ length: ADDRESSES }, (_, i) => {
    const tally = tallies[i % tallies.length]!
    if (i < tallies.length) return tally
    const address = `${128 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}.9` as Address
    return { ...tally, address }
  })
}
