import { monitorEventLoopDelay } from 'node:perf_hooks'
import { findCampaigns } from '../src/detection/campaigns/campaigns'
import type { Tally } from '../src/detection/hour/tally'
import { Site } from '../src/detection/site/site'
import type { Address } from '../src/net/address'
import { HONEST_CROWDS } from '../test/detection/campaigns/honest-crowds'
import { HARD_ATTACKS, OTHER_ATTACKS } from '../test/detection/campaigns/other-attacks'
import { Traffic } from '../test/detection/campaigns/traffic'

const SIZES = [20, 50, 400]
/** None of these seeds was looked at while the numbers of `src/detection/campaigns` were chosen. */
const SEEDS = [811, 822, 833]
const ADDRESSES = 200_000
const ROUNDS = 5

type Attack = (traffic: Traffic, size: number) => Address[]

const ATTACKS: Record<string, Attack> = {
  'hunt, 1–3 requests, from few networks': (t, size) => t.hunt(size, { perNetwork: 8 }),
  'hunt, 1–3 requests, from anywhere': (t, size) => t.hunt(size),
  'hunt, 4–9 requests, from anywhere': (t, size) => t.hunt(size, { least: 4, most: 9 }),
  'stuffing, 5 attempts': (t, size) => t.stuffing(size),
  'stuffing, 2 attempts': (t, size) => t.stuffing(size, { each: 2 }),
  'flood, 40–120 requests': (t, size) => t.flood(size, { each: 80 }),
  'scraping, 30 pages': (t, size) => t.scraping(size),
}

/** Sites of different shapes in an hour without an attack: a blog, an application, a large one, one of PHP. */
const SITES: Record<string, (seed: number) => Traffic> = {
  blog: (seed) => usual(new Traffic(seed), 400, 130, 100),
  application: (seed) => usual(new Traffic(seed), 60, 500, 40),
  large: (seed) => usual(new Traffic(seed), 2_500, 700, 400),
  php: (seed) => usual(new Traffic(seed, '.php'), 400, 130, 100),
}

/**
 * Members found, and others taken for members, in made-up hours of four sites with visitors, users and
 * all that only looks like a campaign; who is taken of honest crowds; and the time for 200,000 addresses.
 */
export async function benchCampaigns(): Promise<void> {
  await benchAttacks('attacks', ATTACKS)
  await benchAttacks('of other families', OTHER_ATTACKS)
  await benchAttacks('that an hour does not tell from honest clients', HARD_ATTACKS)
  await benchCrowds()
  await benchTime()
}

async function benchAttacks(title: string, attacks: Record<string, Attack>): Promise<void> {
  console.log(`-- ${title}: share of members found, worst and mean; others taken for members`)
  for (const [name, attack] of Object.entries(attacks)) {
    for (const size of SIZES) {
      const shares: number[] = []
      let others = 0
      for (const site of Object.values(SITES)) {
        for (const seed of SEEDS) {
          const traffic = site(seed + size)
          const members = new Set(attack(traffic, size))
          const found = await membersFound(traffic)
          const right = found.filter((address) => members.has(address)).length
          shares.push(right / size)
          others += found.length - right
        }
      }
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
      const shown = [Math.min(...shares), mean].map((share) => share.toFixed(3)).join('  ')
      console.log(`${`${name}, ${size} members`.padEnd(60)} ${shown}  ${others}`)
    }
  }
}

async function benchCrowds(): Promise<void> {
  let hours = 0
  let taken = 0
  for (const crowd of Object.values(HONEST_CROWDS)) {
    for (const site of Object.values(SITES)) {
      for (const size of SIZES) {
        const traffic = site(SEEDS[0]! + size)
        crowd(traffic, size)
        taken += (await membersFound(traffic)).length
        hours++
      }
    }
  }
  console.log(`${hours} hours with an honest crowd: ${taken} addresses taken for members`)
}

/** As the hourly job finds them, of a site that is seen for the first time. */
async function membersFound(traffic: Traffic): Promise<Address[]> {
  const tallies = traffic.tallies()
  const site = new Site()
  await site.learn(tallies)
  await site.describe(tallies)
  return (await findCampaigns(tallies, { site })).flatMap(({ members }) => members)
}

async function benchTime(): Promise<void> {
  const traffic = usual(new Traffic(), 20_000, 6_700, 5_000)
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

function usual(traffic: Traffic, visitors: number, users: number, decoys: number): Traffic {
  traffic.visitors(visitors)
  traffic.users(users)
  traffic.decoys(decoys)
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
