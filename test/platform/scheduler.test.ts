import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { isScheduleRule, type Schedule, schedule } from '../../src/platform/scheduler'

const EVERY_SECOND = '* * * * * *'

describe('schedule', () => {
  const logged: string[] = []
  const log = {
    debug: (_: unknown, message?: string) => void logged.push(`debug ${message}`),
    error: ({ error }: { error: Error }) => void logged.push(`error ${error.message}`),
  }
  let running: Schedule | undefined

  beforeEach(() => void logged.splice(0))
  afterEach(() => running?.stop())

  it('knows a rule when it sees one', () => {
    const rules = ['0 * * * *', '*/5 * * * *', '0 0 * * 1', '30 0 * * * *', '@hourly']
    for (const rule of rules) expect(isScheduleRule(rule), rule).to.equal(true)

    const others = [
      '',
      'hourly',
      '* *',
      '61 * * * *',
      '0 * * * * * *',
      '2199-01-01T00:00:00Z',
      '@never',
    ]
    for (const text of others) expect(isScheduleRule(text), text).to.equal(false)
  })

  it('refuses to start on a rule that is none, and names it', () => {
    expect(() => schedule('every hour', 'test', async () => {}, log as never)).to.throw(
      '"every hour"',
    )
  })

  it('goes on after a failure, of either kind, and says so', async () => {
    let runs = 0
    const fail = () => {
      runs++
      if (runs === 1) throw new Error('thrown')
      return Promise.reject(new Error('rejected'))
    }
    running = schedule(EVERY_SECOND, 'test', fail, log as never)
    while (runs < 2) await wait(20)
    await running.stop()
    expect(logged).to.deep.equal(['error thrown', 'error rejected'])
  })

  it('leaves a tick out while a run is going on, and waits for that run when it stops', async () => {
    let runs = 0
    let ended = false
    const slow = async () => {
      runs++
      await wait(1_400)
      ended = true
    }
    running = schedule(EVERY_SECOND, 'test', slow, log as never)
    while (logged.length === 0) await wait(20)
    expect(runs).to.equal(1)

    await running.stop()
    expect(ended).to.equal(true)
    await wait(1_100)
    expect(runs).to.equal(1)
  })
})
