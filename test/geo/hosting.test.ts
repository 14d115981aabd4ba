import { expect } from 'chai'
import { isHosting } from '../../src/geo/hosting'

describe('networks that let machines', () => {
  it('are known by their number or by their name', () => {
    for (const asn of [16509, 24940, 14061, 396982]) expect(isHosting(asn, null)).to.equal(true)
    const names = ['Alpha Hosting GmbH', 'EXAMPLE-VPS', 'Acme Data Center', 'UK Dedicated Servers']
    for (const name of names) expect(isHosting(64496, name), name).to.equal(true)
  })

  it('are not those that connect people, or have a word of a hoster inside another', () => {
    const names = ['Deutsche Telekom AG', 'Cloudflare, Inc.', 'Comcast Cable', 'Observers Ltd', '']
    for (const name of names) expect(isHosting(64496, name), name).to.equal(false)
    expect(isHosting(null, null)).to.equal(false)
  })
})
