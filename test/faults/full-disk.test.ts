import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { type ServiceProcess, startServiceProcess } from '../support/service-process'
import { skipLoudly } from '../support/skipped'

/** No file may grow beyond it: half of the log's segment is written by then, so Postgres gives up. */
const LIMIT_BYTES = 64 * 1024

describe('a service with an embedded database whose disk is full', function () {
  this.timeout(90_000)
  let service: ServiceProcess

  before(function () {
    try {
      execFileSync('prlimit', ['--version'])
    } catch {
      skipLoudly(this, 'there is no prlimit (util-linux)')
    }
  })
  afterEach(() => service?.stop())

  const start = async (wrapper?: string[]) => {
    const settings = { DATABASE_URL: undefined, TEST_DATABASE_URL: undefined }
    service = await startServiceProcess(settings, wrapper)
  }

  const limitFiles = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(service.pid), `--fsize=${bytes}:`])
  const parts = async () => (await fetch(`${service.url}/readyz`)).text()

  const written = async () => Number(/(\d+) written/.exec(await parts())?.[1])

  /** The status of so many requests at once. */
  async function ask(requests: number): Promise<Set<number>> {
    const asked = Array.from({ length: requests }, (_, i) => fetch(`${service.url}/full/${i}`))
    return new Set((await Promise.all(asked)).map(({ status }) => status))
  }

  const isBack = async () => /ok +database/.test(await parts())

  it('answers every request, and writes again when there is room', async () => {
    await start()
    await eventually(
      'it writes',
      async () => {
        await ask(5)
        return /ok +request log: [1-9]/.test(await parts())
      },
      20_000,
    )

    limitFiles(LIMIT_BYTES)
    await eventually(
      'the database is gone',
      async () => {
        expect([...(await ask(50))]).to.deep.equal([404])
        return /down database/.test(await parts())
      },
      30_000,
    )
    expect([...(await ask(50))]).to.deep.equal([404])

    limitFiles('unlimited')
    await eventually('the database is back', isBack, 30_000)
    const before = await written()
    await ask(20)
    await eventually('it writes again', async () => (await written()) >= before + 20)
  })

  it('starts, answers, says what is wrong, and writes when there is room', async () => {
    await start(['prlimit', `--fsize=${LIMIT_BYTES}:`])
    expect([...(await ask(20))]).to.deep.equal([404])
    expect(await parts()).to.match(/^starting\n(.*\n)*down database/)

    limitFiles('unlimited')
    await eventually('the database is made', isBack, 30_000)
    await eventually('what was asked before is written', async () => (await written()) >= 20)
  })
})
