import { expect } from 'chai'
import { SlidingLog } from '../../src/rate-limit/sliding-log'

describe('SlidingLog', () => {
  it('allows at most the quota in any window, wherever the window begins', () => {
    const log = new SlidingLog(10)
    const allowed: number[] = []
    for (let now = 0; now < 5_000; now += 7) {
      if (log.hit('a', 3, 1_000, now).remaining > 0) allowed.push(now)
    }
    for (const start of allowed) {
      const inWindow = allowed.filter((time) => time >= start && time < start + 1_000)
      expect(inWindow.length).to.be.at.most(3)
    }
    expect(allowed.length).to.be.within(13, 15)
  })

  it('says exactly when one more is allowed', () => {
    const log = new SlidingLog(10)
    log.hit('a', 1, 1_000, 0)
    const { resetMs } = log.hit('a', 1, 1_000, 400)
    expect(resetMs).to.equal(600)
    expect(log.hit('a', 1, 1_000, 400 + resetMs - 1).remaining).to.equal(0)
    expect(log.hit('a', 1, 1_000, 400 + resetMs).remaining).to.equal(1)
  })

  it('stays small however many keys there are', function () {
    this.timeout(20_000)
    const log = new SlidingLog(1_000)
    for (let i = 0; i < 100_000; i++) log.hit(`2001:db8:0:${i.toString(16)}::/64`, 5, 60_000, i)
    // The newest are remembered, the oldest forgotten.
    expect(log.hit('2001:db8:0:1869f::/64', 5, 60_000, 100_000).remaining).to.equal(4)
    expect(log.hit('2001:db8:0:0::/64', 5, 60_000, 100_000).remaining).to.equal(5)
  })
})
