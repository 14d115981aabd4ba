import { expect } from 'chai'
import { Health } from '../../src/health/health'

describe('Health', () => {
  it('asks each part once for everybody who asks at the same time', async () => {
    let asked = 0
    const health = new Health({
      database: async () => {
        asked++
        return { ok: true, says: 'reachable' }
      },
    })
    const answers = await Promise.all(Array.from({ length: 100 }, () => health.parts()))

    expect(answers).to.deep.equal(
      answers.map(() => ({ database: { ok: true, says: 'reachable' } })),
    )
    expect(asked).to.equal(1)
    await health.parts()
    expect(asked).to.equal(2)
  })

  it('waits no longer than a second for a part, and hides the words of a failing one', async () => {
    const startedAt = performance.now()
    const parts = await new Health({
      hanging: () => new Promise(() => {}),
      failing: async () => {
        throw new Error('connect ECONNREFUSED db.internal:5432')
      },
    }).parts()

    expect(parts).to.deep.equal({
      hanging: { ok: false, says: 'does not answer' },
      failing: { ok: false, says: 'unreachable' },
    })
    expect(performance.now() - startedAt).to.be.below(2_000)
  })

  it('is ready until it begins to stop', () => {
    const health = new Health({})
    expect(health.ready).to.equal(true)
    health.beginStop()
    expect(health.ready).to.equal(false)
  })
})
