import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Breaker, BreakerOpen } from '../../src/platform/breaker'
import { eventually } from '../support/eventually'

describe('Breaker', () => {
  const fail = () => Promise.reject(new Error('down'))
  const succeed = () => Promise.resolve('answer')
  const outcome = (promise: Promise<string>) => promise.catch((error: Error) => error.message)

  it('passes results and errors on', async () => {
    const breaker = new Breaker({ coolMs: 20 })
    expect(await outcome(breaker.run(succeed))).to.equal('answer')
    expect(await outcome(breaker.run(fail))).to.equal('down')
  })

  it('does not ask again for a while after a failure', async () => {
    const breaker = new Breaker({ coolMs: 1_000 })
    await outcome(breaker.run(fail))

    const refused = await breaker.run(succeed).catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(BreakerOpen)
    expect(breaker.open).to.equal(true)
  })

  it('sends one probe after the pause, and everybody again when it succeeds', async () => {
    const breaker = new Breaker({ coolMs: 20 })
    await outcome(breaker.run(fail))
    await sleep(25)

    let answerProbe = (_answer: string) => {}
    const probe = breaker.run(() => new Promise<string>((resolve) => (answerProbe = resolve)))
    expect(await outcome(breaker.run(succeed))).to.contain('not asked')
    answerProbe('probed')

    expect(await probe).to.equal('probed')
    expect(await outcome(breaker.run(succeed))).to.equal('answer')
  })

  it('stays shut for another pause when the probe fails', async () => {
    const breaker = new Breaker({ coolMs: 20 })
    await outcome(breaker.run(fail))
    await sleep(25)
    expect(await outcome(breaker.run(fail))).to.equal('down')
    expect(await outcome(breaker.run(succeed))).to.contain('not asked')
  })

  it('probes by itself when it knows how, and lets nobody wait meanwhile', async () => {
    let isWell = false
    const breaker = new Breaker({ coolMs: 20, probe: () => (isWell ? succeed() : fail()) })
    await outcome(breaker.run(fail))
    await sleep(70)
    expect(await outcome(breaker.run(succeed))).to.contain('not asked')

    isWell = true
    await eventually('it has found out', () => !breaker.open)
    expect(await outcome(breaker.run(succeed))).to.equal('answer')
  })

  it('takes errors that are no failures for answers', async () => {
    const breaker = new Breaker({ coolMs: 1_000, isFailure: () => false })
    await outcome(breaker.run(fail))
    expect(await outcome(breaker.run(succeed))).to.equal('answer')
  })
})
