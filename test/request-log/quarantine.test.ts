import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { requireAddress } from '../../src/net/address'
import { Quarantine } from '../../src/request-log/quarantine'
import { testFolder } from '../support/request-log'

describe('Quarantine', () => {
  it('keeps the latest records, and never more than two files full', async () => {
    const folder = testFolder()
    const quarantine = new Quarantine(folder.path, 1_000)
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
    const quarantine = new Quarantine(folder.path)
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
})
