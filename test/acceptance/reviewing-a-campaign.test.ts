import { expect } from 'chai'
import { startOfHour } from '../../src/detection/hour/in-database'
import { covers, type Network, requireNetwork } from '../../src/net/network'
import { HOUR, Traffic } from '../detection/campaigns/traffic'
import { store, visit } from '../detection/visits'
import { startTestService, type TestService } from '../support/service'

const HOUR_MS = 3_600_000
const ADMIN = '/admin/api/campaigns'
const TABLES = [
  'suspicious_ips',
  'campaigns',
  'address_rollups',
  'request_logs',
  'detection_runs',
  'site_knowledge',
  'blocked_ips',
  'allowed_networks',
  'audit_log',
]

interface Hit {
  network: Network
  members: number
  collateral: number
  addresses: string[]
}

interface Listed {
  id: string
  title: string
  status: string
  addresses: number
  requests: number
  firstSeen: string
  lastSeen: string
}

interface Finding {
  id: number
  status: string
  campaign: { id: string; title: string } | null
  reasons: { kind: string }[]
}

interface Page<Item> {
  items: Item[]
  next: string | null
}

describe('a campaign, from the request log to the blocklist', () => {
  let service: TestService
  let key: string
  let hour: Date

  before(async () => {
    service = await startTestService({ DETECTORS: '' })
    await service.database.clean()
    key = await service.key('admin')
    hour = new Date(startOfHour(new Date()).getTime() - HOUR_MS)
  })
  beforeEach(async () => {
    // The service is looking at its tables meanwhile: nothing that locks them whole.
    for (const table of TABLES) await service.database.knex(table).delete()
  })
  after(async () => {
    await service?.database.clean()
    await service?.stop()
  })

  it('is one finding with its members, the networks that cover them, and who else is in there', async () => {
    const members = await attack(hour)
    const [listed] = await list()
    expect(listed).to.include({ kind: 'hunt', status: 'open', addresses: members.length })

    const found = await one(listed!.id)
    expect(found.members).to.have.members(members)
    expect(found.networks.length).to.be.below(members.length / 2)
    for (const { collateral } of found.networks) expect(collateral).to.equal(0)
    expect(coveredBy(found.networks)(members)).to.have.length(members.length)

    const flagged = (await findings('limit=500')).filter(({ campaign }) => campaign)
    expect(flagged).to.have.length(members.length)
    expect(flagged[0]!.campaign).to.deep.equal({ id: listed!.id, title: listed!.title })
    expect(flagged[0]!.reasons.map(({ kind }) => kind)).to.include('campaign')
  })

  it('is the same one in the next hour and when the hour is judged again', async () => {
    await attack(hour)
    const [before] = await list()
    await run(hour)
    await attack(new Date(hour.getTime() - HOUR_MS))
    const after = await list()
    expect(after).to.have.length(1)
    expect(after[0]).to.include({ id: before!.id, addresses: before!.addresses })
    expect(after[0]!.requests).to.equal(2 * before!.requests)
    expect(Date.parse(after[0]!.lastSeen) - Date.parse(after[0]!.firstSeen)).to.equal(HOUR_MS)
  })

  it('is blocked by its networks, in one go, with the findings of its members and an audit entry', async () => {
    const members = await attack(hour)
    const { id, title } = (await list())[0]!
    const answer = await review(id, { decision: 'block', for: '24h', note: 'one hunt' })
    expect(answer.status).to.equal(200)
    const { blocked, ...campaign } = (await answer.json()) as Listed & { blocked: Hit[] }
    expect(campaign).to.include({ status: 'blocked', note: 'one hunt' })
    expect(coveredBy(blocked)(members)).to.have.length(members.length)

    const blocks = await service.database.knex('blocked_ips')
    expect(blocks).to.have.length(blocked.length)
    expect(blocks[0]).to.include({ reason: title, source: 'detection' })
    expect((await findings('status=open')).filter(({ campaign }) => campaign)).to.deep.equal([])
    const entry = await service.database
      .knex('audit_log')
      .where({ action: 'campaign.block' })
      .first()
    expect(entry.details).to.include({ id, collateral: 0 })
  })

  it('is refused whole when one of its networks is allowed, or holds no member', async () => {
    const [member] = await attack(hour)
    const { id } = (await list())[0]!
    await service.send('/admin/api/allowed', {
      method: 'POST',
      key,
      json: { ipAddress: member!.replace(/\.\d+$/, '.0/24'), reason: 'ours' },
    })
    const refused = await review(id, { decision: 'block' })
    expect(refused.status).to.equal(409)
    expect(await refused.json()).to.include({ code: 'refused' })

    const stranger = await review(id, { decision: 'block', networks: ['192.0.2.0/24'] })
    expect(await stranger.json()).to.include({ status: 409, code: 'no_members' })
    const loopback = await review(id, { decision: 'block', networks: ['0.0.0.0/0'] })
    expect(loopback.status).to.equal(409)
    expect(await service.database.knex('blocked_ips')).to.deep.equal([])
    expect((await one(id)).status).to.equal('open')
  })

  it('says whom else a chosen network hits', async () => {
    const [member] = await attack(hour)
    const network = member!.replace(/\.\d+$/, '.0/24')
    const neighbour = member!.replace(/\.\d+$/, '.255')
    await store(service.database.knex, [visit({ address: neighbour, timestamp: hour.getTime() })])
    const { id } = (await list())[0]!

    const covering = (await one(id)).networks
    expect(coveredBy(covering)([neighbour])).to.deep.equal([])
    const answer = await review(id, { decision: 'block', networks: [network] })
    const { blocked } = (await answer.json()) as { blocked: Hit[] }
    expect(blocked).to.have.length(1)
    expect(blocked[0]).to.include({ network, collateral: 1 })
    expect(blocked[0]!.addresses).to.deep.equal([neighbour])
  })

  it('is dismissed with its findings, and goes on dismissed', async () => {
    await attack(hour)
    const { id } = (await list())[0]!
    expect((await review(id, { decision: 'dismiss' })).status).to.equal(200)
    expect((await findings('status=open')).filter(({ campaign }) => campaign)).to.deep.equal([])
    await attack(new Date(hour.getTime() - HOUR_MS))
    expect(await list()).to.have.length(1)
    expect((await one(id)).status).to.equal('dismissed')
  })

  it('is open again when the decision is taken back, with what was decided together and nothing else', async () => {
    await attack(hour)
    const { id } = (await list())[0]!
    const [alone] = await findings('status=open')
    const path = `/admin/api/suspicious/${alone!.id}/review`
    await service.send(path, { method: 'POST', key, json: { decision: 'dismiss' } })
    await review(id, { decision: 'block', for: '24h' })
    expect(await service.database.knex('blocked_ips')).not.to.deep.equal([])

    const { status } = (await (await review(id, { decision: 'reopen' })).json()) as Listed
    expect(status).to.equal('open')
    expect(await service.database.knex('blocked_ips')).to.deep.equal([])
    const decided = (await findings('limit=500')).filter((finding) => finding.status !== 'open')
    expect(decided.map((finding) => finding.id)).to.deep.equal([alone!.id])

    await review(id, { decision: 'dismiss' })
    await review(id, { decision: 'reopen' })
    expect((await findings('status=open&limit=500')).map((finding) => finding.id)).not.to.be.empty
  })

  it('waits for nobody any more once its findings were decided one by one', async () => {
    await attack(hour)
    const waiting = async () => {
      const answer = await service.send(`${ADMIN}?waiting=true`, { key })
      return ((await answer.json()) as Page<Listed>).items.length
    }
    expect(await waiting()).to.equal(1)
    const together = (await findings('limit=500')).filter(({ campaign }) => campaign)
    for (const { id } of together) {
      const path = `/admin/api/suspicious/${id}/review`
      await service.send(path, { method: 'POST', key, json: { decision: 'dismiss' } })
    }
    expect(await waiting()).to.equal(0)
    const back = `/admin/api/suspicious/${together[0]!.id}/review`
    await service.send(back, { method: 'POST', key, json: { decision: 'reopen' } })
    expect(await waiting()).to.equal(1)
  })

  it('is told page by page, and unknown ones and orders are refused', async () => {
    await service.database.knex('campaigns').insert(
      Array.from({ length: 5 }, (_, i) => ({
        id: `c${i}`,
        kind: 'hunt',
        title: 'x',
        severity: 'medium',
        first_seen: hour,
        last_seen: hour,
      })),
    )
    const ids: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { items, next }: Page<Listed> = await get(
        `${ADMIN}?limit=2${cursor && `&cursor=${cursor}`}`,
      )
      ids.push(...items.map(({ id }) => id))
      cursor = next
    }
    expect(ids).to.deep.equal(['c4', 'c3', 'c2', 'c1', 'c0'])
    expect((await get<Page<Listed>>(`${ADMIN}?kind=flood`)).items).to.deep.equal([])
    expect((await service.send(`${ADMIN}/nobody`, { key })).status).to.equal(404)
    expect((await review('nobody', { decision: 'dismiss' })).status).to.equal(404)
    expect((await review('c1', { decision: 'dismiss', for: '1h' })).status).to.equal(400)
    expect((await review('c1', { decision: 'block' })).status).to.equal(409)
    expect((await service.send(ADMIN, {})).status).to.equal(401)
  })

  it('forgets an address that is erased', async () => {
    const [member] = await attack(hour)
    const { id } = (await list())[0]!
    const erased = await service.send(`/admin/api/subjects/${member}`, { method: 'DELETE', key })
    expect(await erased.json()).to.include({ campaigns: 1 })
    expect((await one(id)).members).to.not.include(member)
  })

  /** One hunt among usual visitors in an hour; always by the same addresses. */
  async function attack(when: Date): Promise<string[]> {
    const traffic = new Traffic(11)
    traffic.visitors(150)
    const members = traffic.hunt(40, { least: 2, most: 4, perNetwork: 8 })
    const shift = when.getTime() - HOUR
    const moved = traffic.entries.map((entry) => ({ ...entry, timestamp: entry.timestamp + shift }))
    await store(service.database.knex, moved)
    await run(when)
    return members
  }

  async function run(when: Date): Promise<void> {
    const json = { hour: when.toISOString() }
    const answer = await service.send('/admin/api/detection/run', { method: 'POST', key, json })
    expect(answer.status, await answer.clone().text()).to.equal(200)
  }

  async function list(): Promise<Listed[]> {
    return (await get<Page<Listed>>(ADMIN)).items
  }

  function one(id: string) {
    return get<Listed & { members: string[]; networks: Hit[] }>(`${ADMIN}/${id}`)
  }

  async function findings(query: string): Promise<Finding[]> {
    return (await get<Page<Finding>>(`/admin/api/suspicious?${query}`)).items
  }

  async function get<Body>(path: string): Promise<Body> {
    const answer = await service.send(path, { key })
    expect(answer.status, await answer.clone().text()).to.equal(200)
    return (await answer.json()) as Body
  }

  function review(id: string, json: object): Promise<Response> {
    return service.send(`${ADMIN}/${id}/review`, { method: 'POST', key, json })
  }

  function coveredBy(networks: readonly { network: Network }[]) {
    return (addresses: string[]) =>
      addresses.filter((address) =>
        networks.some(({ network }) => covers(network, requireNetwork(address))),
      )
  }
})
