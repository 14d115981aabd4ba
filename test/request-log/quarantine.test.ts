import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { requireAddress } from '../../src/net/address'
import { Erasures } from '../../src/request-log/erasures'
import { Quarantine } from '../../src/request-log/quarantine'
import { testFolder } from '../support/request-log'

const LIMITS = { ipStorage: 'full', anonymizeAfterHours: 24, retentionDays: 30 } as const
const HOUR_MS = 3_600_000

describe('Quarantine', () => {
  it('keeps the latest records, and never more than two files full', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, LIMITS, 1_000)
    for (let i = 0; i < 50; i++) await quarantine.keep(`record ${i}`, 'x'.repeat(50))
    await quarantine.keep('the last', 'refused')

    const kept = fs.readdirSync(folder.path).sort()
    expect(kept).to.deep.equal(['quarantine.ndjson', 'quarantine.old.ndjson'])
    const text = kept.map((name) => fs.readFileSync(path.join(folder.path, name), 'utf8')).join('')
    expect(text).to.include('the last').and.include('record 49').and.not.include('record 1"')
    expect(text.length).to.be.below(2_300)
    folder.remove()
  })

  it('forgets the records of one address, and none that only look like it', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, LIMITS)
    const of = (address: string) => quarantine.keep(`["${address}",1,"GET","/"]`, 'refused')
    for (const address of ['192.0.2.1', '192.0.2.11', '2001:db8::1', '12001:db8::1']) {
      await of(address)
    }
    await quarantine.forget(requireAddress('192.0.2.1'))
    await quarantine.forget(requireAddress('2001:db8::1'))
    await of('192.0.2.2')

    const text = fs.readFileSync(path.join(folder.path, 'quarantine.ndjson'), 'utf8')
    const kept = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(JSON.parse(line).record)[0])
    expect(kept).to.deep.equal(['192.0.2.11', '12001:db8::1', '192.0.2.2'])
    folder.remove()
  })

  it('never takes the records of a network for those of its first address', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, { ...LIMITS, ipStorage: 'truncated' })
    const first = requireAddress('198.51.100.0')
    await quarantine.keep('["198.51.100.7",1,"GET","/of-another"]', 'refused')
    expect(await quarantine.of(first)).to.deep.equal([])
    await quarantine.forget(first)
    expect(recordsIn(folder.path)).to.have.length(1)
    folder.remove()
  })

  const recordsIn = (folder: string) => {
    const text = fs.readFileSync(path.join(folder, 'quarantine.ndjson'), 'utf8')
    const lines = text.split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line).record)
  }
  const RECORD = '["198.51.100.7",1,"GET","/x"]'

  it('never takes what somebody asked about an address for a record of that address', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, LIMITS)
    const address = requireAddress('203.0.113.9')
    const asked = '["198.51.100.7",1,"GET","/whois","ip=203.0.113.9"]'
    const theirs = ['["203.0.113.9",1,"GET","/"]', 'no record, of 203.0.113.9']
    for (const record of [asked, ...theirs]) await quarantine.keep(record, 'refused')
    const found = await quarantine.of(address)
    expect(found.map(({ record }) => record)).to.deep.equal(theirs)
    await quarantine.forget(address)
    expect(recordsIn(folder.path)).to.deep.equal([asked])
    folder.remove()
  })

  it('makes networks of addresses when their time has come, and forgets on time', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, LIMITS)
    await quarantine.keep(RECORD, 'refused')
    await quarantine.keep('no record', 'refused')
    await quarantine.tidy(new Erasures(), Date.now() + 23 * HOUR_MS)
    expect(recordsIn(folder.path)).to.deep.equal([RECORD, 'no record'])

    const cut = '["198.51.100.0/24",1,"GET","/x"]'
    for (const hours of [25, 26]) {
      await quarantine.tidy(new Erasures(), Date.now() + hours * HOUR_MS)
      expect(recordsIn(folder.path)).to.deep.equal([cut, 'no record'])
    }
    await quarantine.tidy(new Erasures(), Date.now() + 31 * 24 * HOUR_MS)
    expect(recordsIn(folder.path)).to.deep.equal([])
    folder.remove()
  })

  it('holds networks alone where addresses are stored cut or hashed, and less of who opted out', async () => {
    const folder = testFolder()
    for (const ipStorage of ['truncated', 'hashed', 'full'] as const) {
      const quarantine = new Quarantine(folder.path, { ...LIMITS, ipStorage })
      if (ipStorage !== 'full') await quarantine.keep('["2001:db8:1::7",1]', 'refused')
      await quarantine.keep('["198.51.100.7",1,"/secret",null,true]', 'refused')
    }
    const network = '["2001:db8:1::/48",1]'
    const optedOut = '["198.51.100.0/24"]'
    expect(recordsIn(folder.path)).to.deep.equal([network, optedOut, network, optedOut, optedOut])
    folder.remove()
  })
})
