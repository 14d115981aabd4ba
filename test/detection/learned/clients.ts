import type { Tally } from '../../../src/detection/hour/tally'
import { tallyOf } from '../../../src/detection/hour/tally'
import { requireAddress } from '../../../src/net/address'

/** A visitor who reads a few pages, now and then with a miss or a form. */
export function honest(random: () => number): Tally {
  const requests = 1 + Math.floor(30 * random() ** 2)
  return client(random, requests, {
    notFound: random() < 0.1 ? 1 : 0,
    writes: random() < 0.1 ? 1 : 0,
    assets: Math.floor(requests * (0.4 + 0.4 * random())),
  })
}

/** Somebody who looks for files that are not there: at level 0 like a visitor, at 1 like a scanner. */
export function attacker(random: () => number, level: number): Tally {
  const requests = Math.ceil(4 + level * (60 + 60 * random()))
  const missed = Math.floor(level * requests * (0.8 + 0.2 * random()))
  return client(random, requests, {
    notFound: missed,
    pagesNotFound: missed,
    writes: Math.floor(level * 0.3 * requests),
    assets: Math.floor((1 - level) * 0.6 * requests),
    paths: requests,
  })
}

function client(random: () => number, requests: number, given: Partial<Tally>): Tally {
  const octet = () => Math.floor(256 * random())
  const address = requireAddress(`10.${octet()}.${octet()}.${octet()}`)
  const gaps = requests - 1
  const seconds = gaps * (5 + 25 * random())
  const nothing = {
    country: null,
    asn: null,
    denied: 0,
    notFound: 0,
    pagesNotFound: 0,
    otherClientErrors: 0,
    serverErrors: 0,
    writes: 0,
    methods: 1,
    toolRequests: 0,
    robotRequests: 0,
    namelessRequests: 0,
    claims: 0,
    authAttempts: 0,
    authFailures: 0,
    withoutReferer: 1,
    assets: 0,
    longestTarget: 20 + Math.floor(40 * random()),
    depth: 2,
    sequentialIds: 0,
    busiestMinute: Math.ceil(requests / 3),
    busiestTenSeconds: Math.ceil(requests / 8),
  }
  const merged = {
    ...nothing,
    requests,
    bytes: requests * 10_000 * (0.5 + random()),
    gaps,
    gapSeconds: seconds,
    gapSquares: gaps > 0 ? (1.5 * seconds ** 2) / gaps : 0,
  }
  const tally = tallyOf(address, merged, {
    pathBits: [],
    agentBits: [],
    agent: 0,
    activeMinutes: Math.min(60, Math.ceil(seconds / 60) || 1),
    served: [],
    missed: [],
  })
  const paths = Math.ceil(requests * (0.3 + 0.6 * random()))
  return { ...tally, paths, agents: 1, pageRequests: requests - (given.assets ?? 0), ...given }
}
