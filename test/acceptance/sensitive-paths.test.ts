import { expect } from 'chai'
import { HARMLESS, SENSITIVE, targetsOf } from '../net/request-path-cases'
import { startTestService, type TestService } from '../support/service'

/** Two kilobytes and more of detours, which the log cannot keep. */
const LONG = ['/.'.repeat(1_500), '/x/..'.repeat(800), '/'.repeat(3_000), '/%2e'.repeat(900)]
const PADDED = [
  ...LONG.map((detour) => `${detour}/admin/x`),
  `/admin${LONG[0]}/${'a'.repeat(4_000)}`,
]
/** Control characters and bytes as logs hold them. */
const RAW = ['/x\0/../admin', '/admin\0.png', '/admin\t', '/ADMIN\u00a0/x']
const RAW_HARMLESS = ['/admin\u200b', '/x/\u0001admin', `/${'a'.repeat(5_000)}/admin`]

describe('requests for sensitive paths', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ SENSITIVE_PATHS: '/admin', DETECTORS: 'forest' })
    await service.database.clean()
    key = await service.key('admin', 'ingest', 'check')
  })
  after(() => service.stop())

  it('are found in every disguise, through the whole service, and no others', async () => {
    const sensitive = [...targetsOf(SENSITIVE), ...PADDED, ...RAW]
    const harmless = [...targetsOf(HARMLESS), ...RAW_HARMLESS].filter((target) => target !== '')
    const addressOf = new Map([...sensitive, ...harmless].map((target, n) => [target, address(n)]))
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000)
    const records = Array.from(addressOf, ([path, ip]) => {
      return { ip, path, method: 'GET', status: 404, timestamp: hour.getTime() + 60_000 }
    })
    const ingested = await service.send('/v1/ingest', { method: 'POST', key, json: records })
    expect(await ingested.json()).to.include({ accepted: records.length, rejected: 0 })

    const run = { method: 'POST', key, json: { hour: hour.toISOString() } }
    expect((await service.send('/admin/api/detection/run', run)).status).to.equal(200)
    const flagged = new Set<string>()
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await service.send(
        `/admin/api/suspicious?limit=500${cursor && `&cursor=${cursor}`}`,
        { key },
      )
      const { items, next } = (await answer.json()) as Page
      for (const { ipAddress, reasons } of items) {
        if (reasons.some(({ text }) => text.endsWith('(sensitive)'))) flagged.add(ipAddress)
      }
      cursor = next
    }

    const found = [...addressOf.keys()].filter((target) => flagged.has(addressOf.get(target)!))
    expect(found.map(shown)).to.have.members([...new Set(sensitive)].map(shown))
  })
})

interface Page {
  items: { ipAddress: string; reasons: { text: string }[] }[]
  next: string | null
}

/** Addresses for benchmarks (RFC 2544). */
function address(n: number): string {
  return `198.18.${n >> 8}.${n & 255}`
}

function shown(target: string): string {
  return JSON.stringify(target).slice(0, 100)
}
