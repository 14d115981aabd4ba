import { expect } from 'chai'
import fc from 'fast-check'
import { requireAddress } from '../../src/net/address'
import type { Algorithm, Counter } from '../../src/rate-limit/hits'
import { Memory } from '../../src/rate-limit/memory'
import { networkCounters } from '../../src/rate-limit/networks'
import { slidingLog } from '../../src/rate-limit/sliding-log'
import { SLICES, slidingSlices } from '../../src/rate-limit/sliding-slices'

const WINDOW_MS = 1_000

const one = (quota: number, id = 'a'): Counter[] => [{ table: 'test', id, quota }]

/** The times of the hits that were allowed. */
function play(algorithm: Algorithm, quota: number, times: number[]): number[] {
  const memory = new Memory()
  return times.filter((now) => memory.hit(algorithm, one(quota), WINDOW_MS, now).remaining > 0)
}

const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }).map((gaps) => {
  let now = 0
  return gaps.map((gap) => (now += gap))
})

for (const algorithm of [slidingLog, slidingSlices]) {
  describe(`the sliding ${algorithm.name}`, () => {
    it('never allows more than the quota in any window, wherever the window begins', () => {
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 9 }), (times, quota) => {
          const allowed = play(algorithm, quota, times)
          return allowed.every((start) => {
            const inWindow = allowed.filter((time) => time >= start && time < start + WINDOW_MS)
            return inWindow.length <= quota
          })
        }),
      )
    })

    it('says when one more is allowed: not before, and then for certain', () => {
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 9 }), (times, quota) => {
          const memory = new Memory()
          for (const now of times) {
            const { remaining, resetMs } = memory.hit(algorithm, one(quota), WINDOW_MS, now)
            if (remaining > 0) continue
            // 0.001 ms of grace: the end of a slice is not always a number of binary digits.
            const { remaining: before } = memory.look(one(quota), WINDOW_MS, now + resetMs - 0.001)
            const { remaining: then } = memory.look(one(quota), WINDOW_MS, now + resetMs + 0.001)
            return before === 0 && then > 0
          }
          return true
        }),
      )
    })
  })
}

describe('the sliding log', () => {
  it('allows every hit that the window has room for', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (times, quota) => {
        const allowed: number[] = []
        for (const now of times) {
          const counted = allowed.filter((time) => time > now - WINDOW_MS).length
          if (counted < quota) allowed.push(now)
        }
        expect(play(slidingLog, quota, times)).to.deep.equal(allowed)
      }),
    )
  })
})

describe('sliding slices', () => {
  it('keep a hit for at most a twentieth of the window longer', () => {
    for (let now = 0; now < WINDOW_MS; now += 7) {
      const memory = new Memory()
      memory.hit(slidingSlices, one(1), WINDOW_MS, now)
      const { resetMs } = memory.look(one(1), WINDOW_MS, now)
      expect(resetMs).to.be.within(WINDOW_MS, WINDOW_MS * (1 + 1 / SLICES))
    }
  })
})

describe('Memory', () => {
  it('counts a hit everywhere or nowhere', () => {
    const memory = new Memory()
    const [narrow, other, wide] = [...one(2, 'narrow'), ...one(2, 'other'), ...one(3, 'wide')]
    const hit = (...counters: (Counter | undefined)[]) =>
      memory.hit(slidingLog, counters as Counter[], WINDOW_MS, 0).remaining
    expect([hit(narrow, wide), hit(narrow, wide), hit(narrow, wide)]).to.deep.equal([2, 1, 0])
    // The refused one took nothing from the neighbours.
    expect([hit(other, wide), hit(other, wide)]).to.deep.equal([1, 0])
    expect(hit(other)).to.equal(1)
  })

  it('stays small however many clients there are', () => {
    const memory = new Memory(1_000)
    const hit = (i: number) => memory.hit(slidingLog, one(5, `client ${i}`), 60_000, i).remaining
    for (let i = 0; i < 20_000; i++) hit(i)
    // The newest are remembered, the oldest forgotten.
    expect(hit(19_999)).to.equal(4)
    expect(hit(0)).to.equal(5)
  })
})

describe('one who rotates through the addresses of a network', () => {
  const memory = new Memory(500)
  const attempt = (address: string) => {
    const counters = networkCounters('login')(requireAddress(address), 5)
    return memory.hit(slidingLog, counters, 60_000, 1).remaining > 0
  }
  const count = (addresses: string[]) => addresses.filter(attempt).length
  const hex = (i: number) => i.toString(16)

  it('has one quota in a /64', () => {
    expect(count(Array.from({ length: 2_000 }, (_, i) => `2001:db8:1:1::${hex(i)}`))).to.equal(5)
  })

  it('has four in a /56 and sixteen in a /48', () => {
    const inOne56 = Array.from({ length: 256 }, (_, i) => `2001:db8:2:${hex(i)}::1`)
    expect(count(inOne56)).to.equal(20)
    const inOne48 = Array.from({ length: 65_536 }, (_, i) => `2001:db8:3:${hex(i)}::1`)
    expect(count(inOne48)).to.equal(80)
  })

  it('makes the service forget nobody, nor themselves', () => {
    count(Array.from({ length: 10 }, () => '192.0.2.1'))
    count(Array.from({ length: 10 }, () => '2001:db8:4::1'))
    count(Array.from({ length: 65_536 }, (_, i) => `2001:db8:5:${hex(i)}::1`))
    expect(attempt('192.0.2.1')).to.equal(false)
    expect(attempt('2001:db8:4::1')).to.equal(false)
    expect(attempt('2001:db8:5:ffff::1')).to.equal(false)
  })

  it('cannot push IPv4 clients out with all of IPv6', () => {
    count(Array.from({ length: 5_000 }, (_, i) => `2001:db8:${hex(i + 100)}::1`))
    expect(attempt('192.0.2.1')).to.equal(false)
  })
})
