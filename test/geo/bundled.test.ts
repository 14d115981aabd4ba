import { expect } from 'chai'
import { readConfig } from '../../src/config'
import { openLocator } from '../../src/geo/open'
import { requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'

describe('places by default', () => {
  it('know country, city and network of well-known addresses', async () => {
    const surroundings = { redis: undefined, log: createLogger('silent'), askProvider: true }
    const { locator, close } = openLocator(readConfig({}), surroundings)
    const addresses = ['83.149.9.216', '2a00:1450:4001::1', '1.1.1.1'].map(requireAddress)
    const [russian, german, cloudflare] = [...(await locator.findAll(addresses)).values()]
    close()

    expect(russian).to.include({ country: 'RU', city: 'Moscow', hosting: false, reserved: null })
    expect(russian?.latitude).to.be.closeTo(55.75, 0.5)
    expect(german).to.include({ country: 'DE', asn: 15169 })
    expect(cloudflare).to.include({ asn: 13335, organisation: 'Cloudflare, Inc.' })
  })
})
