import { expect } from 'chai'
import { TooBusy, Turns } from '../../src/auth/turns'

/** Work that ends when it is told to. */
function job(name: string, log: string[]) {
  let end = () => {}
  const work = () => {
    log.push(name)
    return new Promise<void>((resolve) => (end = resolve))
  }
  return { work, end: () => end() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('Turns', () => {
  it('are taken in the order of the line, but some go first', async () => {
    const turns = new Turns({ running: 1, waiting: 5, waitingFirst: 5 })
    const log: string[] = []
    const jobs = ['a', 'b', 'c', 'first'].map((name) => job(name, log))
    const done = jobs.map(({ work }, i) => turns.run(work, i === 3))
    for (const i of [0, 3, 1, 2]) {
      await settled()
      jobs[i]!.end()
    }
    await Promise.all(done)
    expect(log).to.deep.equal(['a', 'first', 'b', 'c'])
  })

  it('are refused at once when the line is full; the line of those who go first is their own', async () => {
    const turns = new Turns({ running: 2, waiting: 3, waitingFirst: 1 })
    let running = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await settled()
      running--
    }
    const results = await Promise.allSettled([
      ...Array.from({ length: 10 }, () => turns.run(work)),
      ...Array.from({ length: 3 }, () => turns.run(work, true)),
    ])
    const refused = results.filter((result) => result.status === 'rejected')
    expect(results.map(({ status }) => status === 'fulfilled')).to.deep.equal([
      ...[true, true, true, true, true, false, false, false, false, false],
      ...[true, false, false],
    ])
    for (const { reason } of refused) expect(reason).to.be.instanceOf(TooBusy)
    expect(most).to.equal(2)
  })

  it('go on after work that failed', async () => {
    const turns = new Turns({ running: 1, waiting: 1, waitingFirst: 0 })
    const failing = turns.run(() => Promise.reject(new Error('no')))
    const next = turns.run(async () => 'done')
    const [first, second] = await Promise.allSettled([failing, next])
    expect([first.status, second]).to.deep.equal([
      'rejected',
      { status: 'fulfilled', value: 'done' },
    ])
  })
})
