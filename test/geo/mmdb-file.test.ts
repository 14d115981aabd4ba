import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { MmdbSource } from '../../src/geo/mmdb'
import { MmdbFile } from '../../src/geo/mmdb-file'
import { requireAddress } from '../../src/net/address'
import { eventually } from '../support/eventually'
import { writeMmdb } from '../support/mmdb'
import { testFolder } from '../support/request-log'

const HERE = requireAddress('81.2.69.142')
const LOOK_MS = 10

describe('a watched mmdb file', () => {
  let folder: ReturnType<typeof testFolder>
  let file: string
  let open: MmdbFile
  let source: MmdbSource
  let said: string[]
  let changes: number

  beforeEach(async () => {
    folder = testFolder()
    file = path.join(folder.path, 'cities.mmdb')
    write(file, 'London')
    said = []
    changes = 0
    const tell = (_facts: object, message: string) => void said.push(message)
    open = new MmdbFile(file, {
      log: { info: tell, warn: tell } as never,
      onChange: () => changes++,
      lookEveryMs: LOOK_MS,
    })
    source = new MmdbSource('mine', open)
    expect(await city()).to.equal('London')
  })
  afterEach(() => {
    open.close()
    folder.remove()
  })

  const city = async () => (await source.find(HERE))?.city
  const cityBecomes = (name: string) => {
    return eventually(`it says ${name}`, async () => (await city()) === name)
  }

  it('is in force when another file has taken its name', async () => {
    const { edition } = source
    write(`${file}.new`, 'Leeds')
    fs.renameSync(`${file}.new`, file)

    await cityBecomes('Leeds')
    expect(changes).to.equal(1)
    expect(said.join()).to.contain('in force')
    expect(source.edition).not.to.equal(edition)
  })

  it('is in force when it was written over', async () => {
    write(file, 'Leeds')
    await cityBecomes('Leeds')
  })

  it('stays in force, and says so once, while it is cut off in the middle of a copy', async () => {
    write(`${file}.new`, 'Leeds')
    const whole = fs.readFileSync(`${file}.new`)
    fs.writeFileSync(file, whole.subarray(0, whole.length / 2))

    await eventually('it is told', () => said.length > 0)
    await sleep(5 * LOOK_MS)
    expect(await city()).to.equal('London')
    expect(said.filter((text) => text.includes('stays in force'))).to.have.length(1)

    fs.writeFileSync(file, whole)
    await cityBecomes('Leeds')
  })

  it('stays in force while it is gone, and is read when it is back', async () => {
    fs.rmSync(file)
    await eventually('it is told', () => said.length > 0)
    expect(await city()).to.equal('London')

    write(file, 'Leeds')
    await cityBecomes('Leeds')
  })

  it('stays in force when something else is there in its place', async () => {
    fs.writeFileSync(file, 'a page that says "404 Not Found"')
    await eventually('it is told', () => said.length > 0)
    expect(await city()).to.equal('London')
  })

  it('is not read before it has come to rest', async () => {
    const until = Date.now() + 15 * LOOK_MS
    for (let i = 0; Date.now() < until; i++) {
      write(file, `draft ${i}`)
      await sleep(LOOK_MS / 3)
    }
    write(file, 'Leeds')
    await cityBecomes('Leeds')
    expect(changes, 'a few, on a machine that stutters').to.be.below(4)
  })

  it('is found when it comes after the first question', async () => {
    const late = path.join(folder.path, 'late.mmdb')
    const lateFile = new MmdbFile(late, {
      log: { info() {}, warn() {} } as never,
      onChange() {},
      lookEveryMs: LOOK_MS,
    })
    const lateSource = new MmdbSource('late', lateFile)
    const failure = await Promise.resolve(lateSource.find(HERE)).catch((error) => error)
    expect(failure).to.have.property('code', 'ENOENT')

    write(late, 'Leeds')
    await eventually('it answers', async () => {
      const found = await Promise.resolve(lateSource.find(HERE)).catch(() => null)
      return found?.city === 'Leeds'
    })
    lateFile.close()
  })
})

function write(file: string, city: string): void {
  writeMmdb(file, { rows: { '81.2.69.0/24': { country_code: 'GB', city } } })
}
