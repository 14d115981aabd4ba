import path from 'node:path'
import { expect } from 'chai'
import { AsnSource } from '../../src/geo/asn'
import { bundledCities, bundledCountries, bundledNetworks } from '../../src/geo/bundled'
import { MmdbSource } from '../../src/geo/mmdb'
import { MmdbFile } from '../../src/geo/mmdb-file'
import type { Found, GeoSource } from '../../src/geo/source'
import { requireAddress } from '../../src/net/address'
import { writeMmdb } from '../support/mmdb'
import { testFolder } from '../support/request-log'

/** An address in each family that the source knows, and something it says about it. */
interface Known {
  ipv4: [address: string, found: Found]
  ipv6: [address: string, found: Found]
}

function keepsTheContract(open: () => GeoSource, openMissing: () => GeoSource, known: Known) {
  const find = async (source: GeoSource, address: string) => source.find(requireAddress(address))

  it('knows addresses of both families', async () => {
    const source = open()
    for (const [address, found] of [known.ipv4, known.ipv6]) {
      expect(await find(source, address)).to.include(found)
    }
  })

  it('gives the same answer at first, while its file is being read, and later at once', async () => {
    const source = open()
    const [address] = known.ipv4
    const [first, second] = await Promise.all([find(source, address), find(source, address)])
    expect(second).to.deep.equal(first)
    expect(source.find(requireAddress(address))).to.deep.equal(first)
  })

  it('says nothing of what it does not know', async () => {
    const source = open()
    for (const address of ['240.0.0.1', '3fff::1']) {
      const { country = null, asn = null } = (await find(source, address)) ?? {}
      expect([country, asn]).to.deep.equal([null, null])
    }
  })

  it('has an edition that is the same wherever its file is', () => {
    expect(open().edition).to.match(/^[\w.+-]+$/)
    expect(open().edition).to.equal(open().edition)
  })

  it('fails, every time, without its file', async () => {
    const source = openMissing()
    for (let i = 0; i < 2; i++) {
      const failure = await find(source, known.ipv4[0]).catch((error) => error)
      expect(failure).to.have.property('code', 'ENOENT')
    }
  })
}

const missingMmdb = () => new MmdbSource('missing', new MmdbFile('/nowhere.mmdb'))

describe('GeoSource: the bundled cities', () => {
  keepsTheContract(bundledCities, missingMmdb, {
    ipv4: ['83.149.9.216', { country: 'RU', city: 'Moscow' }],
    ipv6: ['2a00:1450:4001::1', { country: 'DE' }],
  })
})

describe('GeoSource: the bundled countries', () => {
  keepsTheContract(bundledCountries, missingMmdb, {
    ipv4: ['83.149.9.216', { country: 'RU', city: null }],
    ipv6: ['2a02:8100::1', { country: 'DE', city: null }],
  })
})

describe('GeoSource: the bundled networks', () => {
  const missing = () => new AsnSource({ ipv4: '/nowhere.csv', ipv6: '/nowhere.csv' }, '1')
  keepsTheContract(bundledNetworks, missing, {
    ipv4: ['1.1.1.1', { asn: 13335, organisation: 'Cloudflare, Inc.', hosting: false }],
    ipv6: ['2a00:1450:4001::1', { asn: 15169, hosting: false }],
  })

  it('marks networks that let machines', async () => {
    const source = bundledNetworks()
    const isHosting = async (address: string) => {
      return (await source.find(requireAddress(address)))?.hosting
    }
    expect(await isHosting('5.9.0.1'), 'Hetzner').to.equal(true)
    expect(await isHosting('52.95.110.1'), 'Amazon').to.equal(true)
    expect(await isHosting('84.128.0.1'), 'Deutsche Telekom').to.equal(false)
  })
})

describe('GeoSource: a file in the manner of GeoIP2', () => {
  const folder = testFolder()
  const file = path.join(folder.path, 'GeoLite2-City.mmdb')
  before(() => {
    const london = {
      city: { names: { de: 'London!', en: 'London' } },
      country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
      location: { latitude: 51.5142, longitude: -0.0931 },
    }
    writeMmdb(file, { rows: { '81.2.69.0/24': london, '2001:67c:1900::/48': london } })
  })
  after(() => folder.remove())

  keepsTheContract(() => new MmdbSource('mine', new MmdbFile(file)), missingMmdb, {
    ipv4: ['81.2.69.142', { country: 'GB', city: 'London', latitude: 51.5142 }],
    ipv6: ['2001:67c:1900::7', { country: 'GB', city: 'London', longitude: -0.0931 }],
  })

  it('does not answer for IPv6 out of a file of IPv4 addresses', async () => {
    const narrow = path.join(folder.path, 'ipv4.mmdb')
    writeMmdb(narrow, { ipVersion: 4, rows: { '81.2.69.0/24': { country_code: 'GB' } } })
    const source = new MmdbSource('mine', new MmdbFile(narrow))

    expect(await source.find(requireAddress('81.2.69.142'))).to.include({ country: 'GB' })
    expect(await source.find(requireAddress('5102:458e::1'))).to.equal(null)
  })
})
