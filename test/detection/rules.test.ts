import { expect } from 'chai'
import { fuse, severityOf } from '../../src/detection/fusion'
import { HourInMemory } from '../../src/detection/hour-in-memory'
import { judgeByRules } from '../../src/detection/rules'
import type { LogEntry } from '../../src/request-log/entry'
import { visit, visits } from './visits'

const address = '192.0.2.1'

describe('the rules', () => {
  const broken = (entries: LogEntry[]) => {
    const hour = new HourInMemory(['/admin', '/login'])
    for (const entry of entries) hour.add(entry)
    return judgeByRules(hour.tallies()[0]!, 100).map(({ text }) => text)
  }

  it('flag more than the allowed requests, and not just as many', () => {
    expect(broken(visits(100, 1_000, { address }))).to.deep.equal([])
    const [reason] = broken(visits(214, 1_000, { address }))
    expect(reason).to.equal('214 requests in this hour; the limit is 100')
  })

  it('flag a request for a sensitive path, and say which', () => {
    const once = visit({ address, path: '/login' })
    expect(broken([once])).to.deep.equal(['asked for /login once (sensitive)'])
    expect(broken([once, ...visits(3, 1, { address, path: '/admin/' })])).to.deep.equal([
      'asked for /admin 3 times and /login once (sensitive)',
    ])
  })

  it('are low alone, medium and high only with a learned score', () => {
    const volume = judgeByRules({ requests: 1e6, sensitive: { '/admin': 1e6 } } as never, 100)
    expect(severityOf(fuse(volume.slice(0, 1), 0))).to.equal('low')
    expect(severityOf(fuse(volume, 0))).to.equal('low')
    expect(severityOf(fuse(volume.slice(0, 1), 0.5))).to.equal('medium')
    expect(severityOf(fuse(volume.slice(0, 1), 0.95))).to.equal('high')
    expect(severityOf(fuse([], 0))).to.equal('info')
  })

  it('make a risk between 0 and 1 that grows with either kind of evidence', () => {
    const [rule] = judgeByRules({ requests: 101, sensitive: {} } as never, 100)
    expect(fuse([], 0)).to.equal(0)
    expect(fuse([rule!], 1)).to.be.within(0.95, 1)
    expect(fuse([rule!], 0.3)).to.be.greaterThan(fuse([], 0.3))
    expect(fuse([rule!, rule!], 0.3)).to.be.greaterThan(fuse([rule!], 0.3))
  })
})
