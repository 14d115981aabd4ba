import { expect } from 'chai'
import { bundledSources } from '../../src/geo/bundled'
import { Locator } from '../../src/geo/locator'
import { MmdbSource } from '../../src/geo/mmdb'
import { requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'

describe('the bundled sources', () => {
  it('know country, city and network of well-known addresses', async function () {
    this.timeout(30_000)
    const locator = new Locator(bundledSources(), undefined, createLogger('silent'))
    const addresses = ['83.149.9.216', '2a00:1450:4001::1', '1.1.1.1'].map(requireAddress)
    const [russian, german, cloudflare] = [...(await locator.findAll(addresses)).values()]

    expect(russian).to.include({ country: 'RU', city: 'Moscow' })
    expect(russian?.latitude).to.be.closeTo(55.75, 0.5)
    expect(german).to.include({ country: 'DE', asn: 15169 })
    expect(cloudflare).to.include({ asn: 13335, organisation: 'Cloudflare, Inc.' })
  })

  it('do not answer for IPv6 out of a file of IPv4 addresses', async () => {
    const file = require.resolve(
      '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb',
    )
    const source = new MmdbSource('mine', { ipv4: file, ipv6: file })

    expect(await source.find(requireAddress('83.149.9.216'))).to.include({ country: 'RU' })
    expect(await source.find(requireAddress('2a00:1450:4001::1'))).to.equal(null)
  })

  it('fail, every time, when their file is missing', async () => {
    const source = new MmdbSource('mine', { ipv4: '/nowhere.mmdb', ipv6: '/nowhere.mmdb' })
    for (let i = 0; i < 2; i++) {
      const failure = await source.find(requireAddress('1.1.1.1')).catch((error) => error)
      expect(failure).to.have.property('code', 'ENOENT')
    }
  })
})
