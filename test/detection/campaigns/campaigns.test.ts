import { expect } from 'chai'
import type { CampaignKind } from '../../../src/detection/campaigns/campaign'
import { findCampaigns } from '../../../src/detection/campaigns/campaigns'
import { covers, requireNetwork } from '../../../src/net/network'
import { HONEST_CROWDS } from './honest-crowds'
import { OTHER_ATTACKS } from './other-attacks'
import { HOUR, Traffic } from './traffic'

const SIZES = [20, 100, 395, 2_000]
/** With a request or two each, fewer could as well be twenty people who mistyped an address. */
const SIZES_OF_THE_QUIETEST = [100, 395, 2_000]

interface Attack {
  name: string
  kind: CampaignKind
  sizes?: number[]
  attack(traffic: Traffic, size: number): string[]
}

/** By kind, attacks of which each address does too little to be noticed. */
const ATTACKS: Attack[] = [
  {
    name: 'a hunt from few networks, other files by each address',
    kind: 'hunt',
    sizes: SIZES_OF_THE_QUIETEST,
    attack: (t, size) => t.hunt(size, { least: 1, most: 3, perNetwork: 8 }),
  },
  {
    name: 'a hunt from anywhere, a file or a few by each address',
    kind: 'hunt',
    attack: (t, size) => t.hunt(size, { least: 1, most: 3 }),
  },
  {
    name: 'a hunt from anywhere by a tool',
    kind: 'hunt',
    attack: (t, size) => t.hunt(size, { least: 2, most: 4, userAgent: 'python-requests/2.32' }),
  },
  {
    name: 'a hunt from anywhere by browsers',
    kind: 'hunt',
    attack: (t, size) => t.hunt(size, { least: 4, most: 9 }),
  },
  {
    name: 'passwords tried five times by each address',
    kind: 'stuffing',
    attack: (t, size) => t.stuffing(size),
  },
  {
    name: 'a flood of 40 to 120 requests by each address',
    kind: 'flood',
    attack: (t, size) => t.flood(size, { each: 80 }),
  },
  {
    name: 'articles read by number',
    kind: 'scraping',
    attack: (t, size) => t.scraping(size),
  },
  {
    name: 'one client on many addresses of its networks, four pages by each',
    kind: 'rotation',
    sizes: SIZES_OF_THE_QUIETEST,
    attack: (t, size) => t.rotation(size),
  },
]

describe('campaigns', () => {
  for (const { name, kind, sizes = SIZES, attack } of ATTACKS) {
    it(`are found with their members, and with nobody else: ${name}`, async () => {
      for (const size of sizes) {
        const traffic = usualTraffic(size)
        const members = new Set(attack(traffic, size))
        const tallies = traffic.tallies()

        const campaigns = await findCampaigns(tallies)
        expect(
          campaigns.map(({ kind }) => kind),
          `${size}`,
        ).to.deep.equal([kind])
        const [campaign] = campaigns
        const found = campaign!.members.filter((member) => members.has(member))
        expect(found.length / size, `recall of ${size}`).to.be.at.least(0.95)
        expect(found.length, `innocents of ${size}`).to.equal(campaign!.members.length)
        const innocent = tallies.filter(
          ({ address }) =>
            !members.has(address) &&
            campaign!.networks.some(({ network }) => covers(network, requireNetwork(address))),
        )
        expect(innocent).to.deep.equal([])
      }
    })
  }

  it('are found though each address asks only once', async () => {
    const traffic = usualTraffic(400)
    const members = traffic.rotation(500, { each: 1, perNetwork: 250 })
    const [campaign, ...others] = await findCampaigns(traffic.tallies())
    expect(others).to.deep.equal([])
    expect(campaign).to.include({ kind: 'rotation', severity: 'low' })
    expect([...campaign!.members].sort()).to.deep.equal([...members].sort())
  })

  it('are no networks of people, however many come from one: mobile operators, universities', async () => {
    const traffic = usualTraffic(400)
    traffic.visitors(800, { perNetwork: 200 })
    expect(await findCampaigns(traffic.tallies())).to.deep.equal([])
  })

  it('are not told by what nobody loads: where the site has no parts of pages and tells no referers', async () => {
    const traffic = new Traffic()
    traffic.rotation(300, { perNetwork: 1 })
    traffic.rotation(300, { perNetwork: 150 })
    expect(await findCampaigns(traffic.tallies())).to.deep.equal([])

    const alone = new Traffic()
    alone.rotation(250, { perNetwork: 250 })
    expect(await findCampaigns(alone.tallies()), 'nobody to compare with').to.deep.equal([])
  })

  it('are none of what only looks like one: crowds, apps, feeds, dead links, offices, robots', async () => {
    for (const [seed, size] of [10, 60, 300, 1_000].entries()) {
      const traffic = new Traffic(seed)
      traffic.visitors(3 * size)
      traffic.users(size)
      traffic.decoys(size)
      expect(await findCampaigns(traffic.tallies()), `${size}`).to.deep.equal([])
    }
  })

  for (const [name, attack] of Object.entries(OTHER_ATTACKS)) {
    it(`are found with their members, and with nobody else: ${name}`, async () => {
      for (const size of [20, 400]) {
        const traffic = usualTraffic(size)
        const members = attack(traffic, size)
        const found = (await findCampaigns(traffic.tallies())).flatMap(({ members }) => members)
        expect(members, `${size}`).to.include.members(found)
        expect(found.length / size, `${size}`).to.be.at.least(0.95)
      }
    })
  }

  for (const [name, crowd] of Object.entries(HONEST_CROWDS)) {
    it(`are none of ${name}`, async () => {
      for (const size of [40, 400]) {
        const traffic = usualTraffic(size)
        crowd(traffic, size)
        expect(await findCampaigns(traffic.tallies()), `${size}`).to.deep.equal([])
      }
    })
  }

  it('are found where an attack is most of the hour', async () => {
    const traffic = new Traffic(3)
    traffic.visitors(150)
    const members = traffic.hunt(395, { least: 1, most: 3, perNetwork: 8 })
    const [campaign] = await findCampaigns(traffic.tallies())
    expect(campaign?.members).to.have.length.within(0.95 * members.length, members.length)
    expect(campaign?.networks).to.have.length.below(100)
    expect(campaign?.title).to.match(/^3\d\d addresses in \d+ networks, \d(\.\d)? requests each: /)
  })

  it('are found where the login answers 200 to all, and each address tries twice', async () => {
    const traffic = new Traffic(5)
    traffic.visitors(400)
    traffic.users(150, 200)
    expect(await findCampaigns(traffic.tallies())).to.deep.equal([])
    const members = traffic.stuffing(300, { each: 2, status: 200 })
    const tried = traffic.tallies().filter(({ address }) => members.includes(address))
    const twice = tried.filter(({ authAttempts }) => authAttempts > 1)
    const [campaign] = await findCampaigns(traffic.tallies())
    expect(campaign?.kind).to.equal('stuffing')
    expect(campaign?.members).to.have.length.at.least(0.95 * twice.length)
    expect(members).to.include.members(campaign!.members)
  })

  it('are found in a part of an hour, and two kinds at once', async () => {
    const traffic = usualTraffic(100)
    const hunters = traffic.hunt(60, { least: 4, most: 9 })
    const stuffers = traffic.stuffing(60)
    const half = new Traffic()
    half.entries.push(...traffic.entries.filter(({ timestamp }) => timestamp < HOUR + 1_800_000))
    const campaigns = await findCampaigns(half.tallies())
    expect(campaigns.map(({ kind }) => kind).sort()).to.deep.equal(['hunt', 'stuffing'])
    const found = campaigns.flatMap(({ members }) => members)
    expect([...hunters, ...stuffers]).to.include.members(found)
    expect(found.length).to.be.above(60)
  })

  it('are told by what was seen and what is usual here', async () => {
    const traffic = usualTraffic(100)
    traffic.stuffing(40)
    const [campaign] = await findCampaigns(traffic.tallies())
    expect(campaign).to.include({ kind: 'stuffing', severity: 'high' })
    expect(campaign?.reasons[0]).to.include({ kind: 'campaign', text: campaign?.title })
    expect(campaign?.reasons[1]?.text).to.match(
      /^\d+ attempts to log in, \d(\.\d)? each, 100 % failed; others here try once$/,
    )
  })

  it('are none among nobody', async () => {
    expect(await findCampaigns([])).to.deep.equal([])
  })
})

function usualTraffic(seed: number): Traffic {
  const traffic = new Traffic(seed)
  traffic.visitors(400)
  traffic.users(150)
  traffic.decoys(100)
  return traffic
}
