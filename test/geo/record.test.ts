import { expect } from 'chai'
import { readRecord } from '../../src/geo/record'

const GOOGLE = { asn: 15169, organisation: 'Google LLC', hosting: false }
const MOUNTAIN_VIEW = { country: 'US', city: 'Mountain View', latitude: 37.4, longitude: -122.1 }

describe('a record about a place', () => {
  it('is read from every shape in use', () => {
    const records: Record<string, [record: object, found: object]> = {
      'mmdb of DB-IP': [
        { country_code: 'US', city: 'Mountain View', latitude: 37.4, longitude: -122.1 },
        MOUNTAIN_VIEW,
      ],
      'GeoLite2 City': [
        {
          country: {
            iso_code: 'US',
            geoname_id: 6252001,
            names: { de: 'USA', en: 'United States' },
          },
          city: { names: { de: 'Mountain View (Kalifornien)', en: 'Mountain View' } },
          location: { latitude: 37.4, longitude: -122.1, accuracy_radius: 1000 },
        },
        MOUNTAIN_VIEW,
      ],
      'GeoLite2 Country, of an address that is only registered somewhere': [
        { continent: { code: 'NA' }, registered_country: { iso_code: 'US' } },
        { country: 'US', city: null, latitude: null, longitude: null },
      ],
      'GeoLite2 ASN': [
        { autonomous_system_number: 15169, autonomous_system_organization: 'Google LLC' },
        GOOGLE,
      ],
      'mmdb of countries alone': [
        { country_code: 'US' },
        { country: 'US', city: null, latitude: null, longitude: null },
      ],
      'IPinfo Lite': [
        {
          ip: '8.8.8.8',
          asn: 'AS15169',
          as_name: 'Google LLC',
          as_domain: 'google.com',
          country_code: 'US',
          country: 'United States',
          continent_code: 'NA',
        },
        { ...GOOGLE, country: 'US', city: null, latitude: null, longitude: null },
      ],
      'ipinfo.io/json': [
        {
          ip: '8.8.8.8',
          city: 'Mountain View',
          country: 'US',
          loc: '37.4,-122.1',
          org: 'AS15169 Google LLC',
        },
        { ...MOUNTAIN_VIEW, ...GOOGLE },
      ],
      'IPinfo with its paid fields': [
        {
          ip: '8.8.8.8',
          city: 'Mountain View',
          country: 'US',
          loc: '37.4,-122.1',
          asn: { asn: 'AS15169', name: 'Google LLC', type: 'hosting' },
          privacy: { vpn: false, hosting: true },
        },
        { ...MOUNTAIN_VIEW, ...GOOGLE, hosting: true },
      ],
      'IPinfo Core': [
        {
          ip: '8.8.8.8',
          geo: { city: 'Mountain View', country_code: 'US', latitude: 37.4, longitude: -122.1 },
          as: { asn: 'AS15169', name: 'Google LLC', type: 'hosting' },
          is_hosting: true,
        },
        { ...MOUNTAIN_VIEW, ...GOOGLE, hosting: true },
      ],
      'ip-api.com': [
        {
          status: 'success',
          query: '8.8.8.8',
          country: 'United States',
          countryCode: 'US',
          city: 'Mountain View',
          lat: 37.4,
          lon: -122.1,
          isp: 'Google',
          org: 'Google Public DNS',
          as: 'AS15169 Google LLC',
        },
        { ...MOUNTAIN_VIEW, asn: 15169, organisation: 'Google Public DNS', hosting: false },
      ],
    }
    for (const [name, [record, found]] of Object.entries(records)) {
      expect(readRecord(record), name).to.deep.equal(found)
    }
  })

  it('is told from one that knows no place, and from what is none', () => {
    expect(readRecord({ ip: '8.8.8.8' })).to.equal(null)
    expect(readRecord({ ip: '8.8.8.8', country: '', city: '' })).to.equal(null)
    expect(readRecord({ ip: '10.0.0.1', bogon: true })).to.equal(null)
    expect(readRecord({ status: 'fail', message: 'reserved range', query: '::1' })).to.equal(null)
    for (const none of [{}, [], null, 'US', 7, { hello: 'world' }]) {
      expect(readRecord(none)).to.equal(undefined)
    }
  })

  it('is not believed where it makes no sense', () => {
    const found = readRecord({
      country_code: 'us',
      city: 'A\u0000 \u001b[31mB\u202e',
      latitude: 123,
      longitude: 'east',
      asn: 'AS0',
    })
    expect(found).to.deep.equal({
      country: 'US',
      city: 'A [31mB',
      latitude: null,
      longitude: null,
    })
    expect(readRecord({ ip: '8.8.8.8', country: 'XX' })).to.equal(null)
    expect(readRecord({ ip: '8.8.8.8', country: 'Atlantis' })).to.equal(null)
    expect(readRecord({ country_code: 'US', city: ['a'], loc: 'x' })).to.include({ city: null })
    const long = readRecord({ country_code: 'US', city: '🏙'.repeat(1_000) })
    expect(Array.from(long?.city ?? '')).to.have.length(120)
  })
})
