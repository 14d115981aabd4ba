import { expect } from 'chai'
import { HourInMemory } from '../../src/detection/hour/in-memory'
import { type JudgeSettings, judge } from '../../src/detection/judge'
import { LearnedThread } from '../../src/detection/learned/thread'
import type { LogEntry } from '../../src/request-log/entry'
import { ordinaryVisitors, visit, visits } from './visits'

const HOUR = new Date('2026-03-01T10:00:00Z')
const settings: JudgeSettings = { maxRequestsPerHour: 100, detectors: ['forest'] }

describe('judging an hour', () => {
  const warnings: unknown[] = []
  const log = { warn: (...args: unknown[]) => void warnings.push(args) }
  const thread = new LearnedThread()
  after(() => thread.close())
  beforeEach(() => void warnings.splice(0))

  const judgeVisits = async (entries: LogEntry[], given = settings) => {
    const hour = new HourInMemory(['/admin', '/login'])
    for (const entry of entries) hour.add(entry)
    const { judgements, learned, scores } = await judge(
      { tallies: hour.tallies() },
      given,
      thread,
      log as never,
    )
    return {
      judgements,
      learned,
      scores,
      of: (address: string) => judgements.find((j) => j.tally.address === address)!,
    }
  }

  it('flags an extreme address that breaks no rule as low, and says what is odd about it', async () => {
    const crawler = Array.from({ length: 90 }, (_, i) =>
      visit({
        address: '192.0.2.66',
        timestamp: HOUR.getTime() + i * 2_000,
        path: `/articles/${'abcdefghij'[i % 10]}/${'klmnopqrs'[Math.floor(i / 10)]}`,
        userAgent: 'ExampleBot/2.0 (+https://bot.example/about)',
      }),
    )
    const { of, learned } = await judgeVisits([...ordinaryVisitors(150, HOUR), ...crawler])
    const found = of('192.0.2.66')
    expect(found.flagged).to.equal(true)
    expect(found.severity).to.equal('low')
    expect(found.reasons.every(({ kind }) => kind === 'learned')).to.equal(true)
    expect(found.reasons).to.have.length.within(1, 3)
    for (const { text } of found.reasons)
      expect(text).to.match(/^[a-z ]+ \d[\d.]*( %)?; usual here \d[\d.]*( %)?$/)
    expect(learned).to.include({ state: 'scored' })
  })

  it('flags nobody for being quiet, nor any ordinary visitor', async () => {
    const quiet = visit({ address: '192.0.2.1', path: '/articles/1', bytes: 10 })
    const { of } = await judgeVisits([...ordinaryVisitors(150, HOUR), quiet])
    expect(of('192.0.2.1').risk).to.be.lessThan(0.25)
    for (let i = 0; i < 150; i++) expect(of(`198.51.100.${i}`).flagged, `${i}`).to.equal(false)
  })

  it('raises what a rule says when the address is odd as well', async () => {
    const path = '/login'
    const guesser = visits(400, 5_000, { address: '192.0.2.66', path, method: 'POST', status: 401 })
    const user = visit({ address: '192.0.2.1', path })
    const { of } = await judgeVisits([...ordinaryVisitors(150, HOUR), ...guesser, user])
    expect(of('192.0.2.66').severity).to.be.oneOf(['medium', 'high'])
    expect(of('192.0.2.1')).to.include({ flagged: true, severity: 'low' })
    expect(of('192.0.2.66').reasons.map(({ text }) => text)).to.include(
      '400 requests in this hour; the limit is 100',
    )
  })

  it('raises nothing above low without saying what is odd', async () => {
    const signIns = Array.from({ length: 150 }, (_, i) =>
      visit({ address: `198.51.100.${i}`, path: '/login' }),
    )
    const { judgements } = await judgeVisits([...ordinaryVisitors(150, HOUR), ...signIns])
    const unexplained = judgements.filter(({ reasons }) => reasons.length === 1)
    expect(unexplained.length).to.be.greaterThan(100)
    for (const { severity } of unexplained) expect(severity).to.equal('low')
  })

  it('learns nothing from hardly any addresses: then the rules decide alone', async () => {
    const busy = visits(101, 10, { address: '192.0.2.66' })
    const { of, learned } = await judgeVisits([...ordinaryVisitors(6, HOUR), ...busy])
    expect(learned).to.deep.equal({ state: 'learning' })
    expect(of('192.0.2.66')).to.include({ flagged: true, severity: 'low' })
    expect(of('192.0.2.66').reasons.map(({ kind }) => kind)).not.to.include('learned')
  })

  it('compares a few addresses with each other, says that it is learning, and hands no score on', async () => {
    const busy = visits(101, 10, { address: '192.0.2.66' })
    const { of, learned, scores } = await judgeVisits([...ordinaryVisitors(20, HOUR), ...busy])
    expect(learned).to.deep.equal({ state: 'learning' })
    expect(scores).to.equal(undefined)
    expect(of('192.0.2.66').reasons.map(({ kind }) => kind)).to.include('learned')
    expect(of('198.51.100.3').flagged).to.equal(false)
  })

  it('goes on with the rules when nothing learned works, and says so', async () => {
    const busy = visits(101, 10, { address: '192.0.2.66' })
    const { of, learned } = await judgeVisits([...ordinaryVisitors(50, HOUR), ...busy], {
      ...settings,
      detectors: ['oracle' as never],
    })
    expect(learned).to.include({ state: 'failed' })
    expect(warnings).to.have.length(1)
    expect(of('192.0.2.66').flagged).to.equal(true)
  })

  it('judges an hour without visits', async () => {
    const { judgements } = await judge({ tallies: [] }, settings, thread, log as never)
    expect(judgements).to.deep.equal([])
  })
})
