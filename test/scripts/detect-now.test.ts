import { expect } from 'chai'
import { store, visits } from '../detection/visits'
import { type TestDatabase, testDatabase } from '../support/database'
import { runScript } from '../support/script'

describe('detect-now.ts', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(async () => {
    await database.clean()
    for (const [hour, address] of [
      ['2026-03-01T10:10:00Z', '192.0.2.66'],
      ['2026-03-02T12:20:00Z', '192.0.2.67'],
    ] as const) {
      await store(database.knex, visits(101, 1_000, { address, timestamp: Date.parse(hour) }))
    }
  })
  const detect = (...args: string[]) =>
    runScript('detect-now', args, { DATABASE_URL: database.url })

  it('judges one hour, and again when asked again', async () => {
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = await detect('--hour', '2026-03-01T10:30Z')
      expect(code, stderr).to.equal(0)
      expect(stdout).to.match(/2026-03-01T10h {2}192\.0\.2\.66 .*101 requests in this hour/)
      expect(stdout).to.contain('1 hour judged, 1 addresses, 1 flagged')
    }
    expect(await database.knex('suspicious_ips')).to.have.length(1)
  })

  it('judges all hours of a span that have requests', async () => {
    const { code, stdout } = await detect('--from', '2026-03-01', '--to', '2026-03-03', '--json')
    expect(code).to.equal(0)
    const { runs, findings } = JSON.parse(stdout)
    expect(runs.map(({ hour }: { hour: string }) => hour)).to.deep.equal([
      '2026-03-01T10:00:00.000Z',
      '2026-03-02T12:00:00.000Z',
    ])
    expect(findings.map(({ address }: { address: string }) => address)).to.deep.equal([
      '192.0.2.66',
      '192.0.2.67',
    ])
  })

  it('leaves allowed addresses alone', async () => {
    await database.knex('allowed_networks').insert({
      ip_address: '192.0.2.64/26',
      reason: 'test',
      allowed_by: 'test',
    })
    const { stdout } = await detect('--hour', '2026-03-01T10:00Z')
    expect(stdout).to.contain('Nobody would be worth a look.')
  })

  it('refuses times that are none or have not begun', async () => {
    for (const args of [
      ['--hour', 'noon'],
      ['--hour', '2999-01-01T00:00Z'],
      ['--to', '2026-03-01'],
      ['--from', '1', '--hour', '2'],
    ]) {
      expect((await detect(...args)).code, args.join(' ')).to.equal(2)
    }
  })
})
