import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Database, type DatabaseOptions, openDatabase } from '../../../src/platform/database'
import { createLogger } from '../../../src/platform/logger'
import { eventually } from '../../support/eventually'

describe('the embedded database', () => {
  let folder: string
  let dataDir: string
  let writers: Writer[]

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-embedded-'))
    dataDir = path.join(folder, 'data')
    writers = []
  })

  afterEach(async () => {
    for (const writer of writers) await writer.kill()
    fs.rmSync(folder, { recursive: true })
  })

  const log = createLogger('silent')
  const open = (options: Partial<DatabaseOptions> = {}): Promise<Database> =>
    openDatabase({ dataDir, role: 'service', fsync: false, log, ...options })

  function startWriter(rows: number, role = 'script'): Writer {
    const writer = new Writer(dataDir, role, rows)
    writers.push(writer)
    return writer
  }

  async function written(): Promise<{ writer: number; n: number }[]> {
    const database = await open()
    const { rows } = await database.knex.raw('select writer, n from written')
    await database.close()
    return rows
  }

  describe('shared by programs', () => {
    it('serves six scripts at once without a service', async () => {
      const scripts = Array.from({ length: 6 }, () => startWriter(20))
      for (const script of scripts) expect(await script.ended, script.errors).to.equal(0)
      expect(await written()).to.have.length(120)
    })

    it('serves six scripts at once beside a service', async () => {
      const service = await open()
      const scripts = Array.from({ length: 6 }, () => startWriter(20))
      for (const script of scripts) expect(await script.ended, script.errors).to.equal(0)
      await service.close()
      expect(await written()).to.have.length(120)
    })

    it('lives on for those who have joined, when the script that hosts it is done', async () => {
      const first = startWriter(0)
      await first.said('open')
      const second = startWriter(200)
      expect(await second.ended, second.errors).to.equal(0)
      expect(await first.ended, first.errors).to.equal(0)
      expect(await written()).to.have.length(200)
    })

    it('lets a service wait for the script that hosts it', async () => {
      const script = startWriter(200)
      await script.said('open')
      const service = await open()
      expect(script.acknowledged).to.equal(200)
      expect(fs.readFileSync(path.join(dataDir, 'database/host.lock'), 'utf8')).to.include(
        `"pid":${process.pid}`,
      )
      const { rows } = await service.knex.raw('select count(*) from written')
      await service.close()
      expect(rows[0].count).to.equal(200)
    })

    it('tells a script that has joined when its host dies', async () => {
      const host = startWriter(1_000_000, 'service')
      await host.said('open')
      let lost: Error | undefined
      const onLost = (error: Error) => {
        lost = error
      }
      const joined = await open({ role: 'script', onLost })
      await host.kill()
      await eventually('it is told', () => lost !== undefined)
      expect(lost?.message).to.include('the process that hosted the database has ended')
      await joined.knex.destroy()
    })

    it('is hosted by the service that has joined when its host dies', async () => {
      const host = startWriter(1_000_000, 'service')
      await host.said('open')
      const service = await open()
      await host.kill()
      const isServed = () =>
        service.knex.raw('select 1').then(
          () => true,
          () => false,
        )
      await eventually('it is served here', isServed)
      await service.close()
      expect((await written()).length).to.be.at.least(host.acknowledged)
    })
  })

  describe('killed', () => {
    it('loses no acknowledged row, ten times over', async () => {
      const acknowledged: Record<number, number> = {}
      for (let round = 0; round < 10; round++) {
        const writer = startWriter(1_000_000, 'service')
        await writer.said('open')
        await eventually('it has written something', () => writer.acknowledged > 5)
        await sleep(20 * round)
        await writer.kill()
        acknowledged[writer.child.pid!] = writer.acknowledged
      }
      const rows = await written()
      for (const [writer, count] of Object.entries(acknowledged)) {
        expect(count).to.be.greaterThan(5)
        const kept = rows.filter((row) => row.writer === Number(writer)).map(({ n }) => n)
        // One more may be there: written, and killed before it could be told.
        expect(kept).to.have.length.within(count, count + 1)
      }
    })

    it('starts after a first start that was killed on the way', async () => {
      for (const ms of [500, 700, 900, 1_100]) {
        const writer = startWriter(0)
        await sleep(ms)
        await writer.kill()
      }
      const writer = startWriter(1)
      expect(await writer.ended, writer.errors).to.equal(0)
      expect(await written()).to.have.length(1)
    })
  })

  describe('broken', () => {
    it('says what is wrong when it cannot be opened, and lets go of the lock', async () => {
      const made = await open()
      await made.close()
      fs.writeFileSync(path.join(dataDir, 'database/cluster/PG_VERSION'), '9.6\n')
      for (let i = 0; i < 2; i++) {
        const error = await open().catch((failed) => failed)
        expect(error.message).to.match(
          /^the embedded database has ended: .*initialized by PostgreSQL version 9\.6/,
        )
      }
      expect(fs.readdirSync(path.join(dataDir, 'database'))).to.not.include('host.lock')
    })

    it('ends a script with the reason when the disk refuses to write', async () => {
      const made = await open()
      await made.close()
      // No file may grow beyond 8 MB (in blocks of 512 bytes): half a segment of Postgres' log.
      const writer = new Writer(dataDir, 'script', 1_000_000, 'trap "" XFSZ; ulimit -f 16384;')
      writers.push(writer)
      expect(await writer.ended).to.equal(1)
      expect(writer.acknowledged).to.be.greaterThan(0)
      expect(writer.errors).to.match(/"level":60.*the embedded database has ended: could not write/)

      const rows = await written()
      expect(rows).to.have.length.within(writer.acknowledged, writer.acknowledged + 1)
    })
  })

  describe('on the disk', () => {
    it('is for its user only, and leaves neither lock nor socket behind', async () => {
      const place = path.join(dataDir, 'database')
      const database = await open()
      expect(fs.statSync(place).mode & 0o777).to.equal(0o700)
      expect(fs.statSync(path.join(place, '.s.PGSQL.5432')).mode & 0o777).to.equal(0o600)
      await database.close()
      expect(fs.readdirSync(place).sort()).to.deep.equal(['cluster', 'vacuumed'])
    })

    it('works in a folder whose path is too long for a socket', async () => {
      dataDir = path.join(folder, 'a'.repeat(60), 'b'.repeat(60))
      const database = await open()
      const place = new URL(database.connection.connectionString).searchParams.get('host')!
      expect(place.length).to.be.lessThan(100)
      expect(fs.statSync(place).mode & 0o777).to.equal(0o700)
      await database.close()
      fs.rmdirSync(place)
    })

    it('works in a folder with spaces and signs in its name', async () => {
      dataDir = path.join(folder, 'a b&c=%20?ü')
      const database = await open()
      await database.close()
    })
  })
})

/** A writer.ts in a process of its own. */
class Writer {
  readonly child: ChildProcess
  /** The process's exit code. */
  readonly ended: Promise<number | null>
  acknowledged = 0
  errors = ''
  #lines = ''

  constructor(dataDir: string, role: string, rows: number, before = '') {
    const script = path.join(__dirname, 'writer.ts')
    const command = `${before} exec "$0" -r ts-node/register/transpile-only "$@"`
    const args = [process.execPath, script, dataDir, role, String(rows)]
    this.child = spawn('sh', ['-c', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout!.on('data', (chunk) => {
      this.#lines += chunk
      this.acknowledged = Number(/(\d+)\n[^\n]*$/.exec(this.#lines)?.[1] ?? 0)
    })
    this.child.stderr!.on('data', (chunk) => {
      this.errors += chunk
    })
    this.ended = once(this.child, 'close').then(([code]) => code)
  }

  async said(line: string): Promise<void> {
    while (!this.#lines.includes(line)) {
      if (this.child.exitCode !== null) throw new Error(`the writer has ended: ${this.errors}`)
      await sleep(5)
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}
