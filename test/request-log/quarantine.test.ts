import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
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
})
