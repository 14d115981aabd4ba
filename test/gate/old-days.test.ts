import { expect } from 'chai'
import { combinedFormat } from '../../src/access-log/combined'
import { OldDays } from '../../src/gate/old-days'

const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-03-10T12:00:00Z')

describe('days older than the retention', () => {
  const realNow = Date.now
  let now: number
  let take: (day: string) => boolean

  beforeEach(() => {
    now = NOW
    Date.now = () => now
    const parse = new OldDays(30, 2).bound(combinedFormat(() => false))
    take = (day) => {
      return (
        typeof parse(`192.0.2.7 - - [${day}:10:05:03 +0000] "GET / HTTP/1.1" 200 5`) === 'object'
      )
    }
  })
  afterEach(() => {
    Date.now = realNow
  })

  it('are taken up to a number, as often as they come', () => {
    expect(take('17/May/2015')).to.equal(true)
    expect(take('18/May/2015')).to.equal(true)
    expect(take('19/May/2015')).to.equal(false)
    expect(take('17/May/2015')).to.equal(true)
  })

  it('make room for others when they have been dropped, a day after they came last', () => {
    take('17/May/2015')
    take('18/May/2015')
    now += 20 * HOUR_MS
    take('17/May/2015')
    now += 10 * HOUR_MS
    expect(take('19/May/2015')).to.equal(true)
    expect(take('18/May/2015')).to.equal(false)
    expect(take('17/May/2015')).to.equal(true)
  })

  it('do not count when they are within it', () => {
    const days = ['01', '02', '03', '04', '05', '06'].map((day) => `${day}/Mar/2026`)
    expect(days.every(take)).to.equal(true)
  })
})
