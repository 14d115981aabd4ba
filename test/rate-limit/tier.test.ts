import { expect } from 'chai'
import { readConfig } from '../../src/config'
import { parseTiers, standing } from '../../src/rate-limit/tier'

const tiersOf = (RATE_LIMITS?: string) => readConfig({ RATE_LIMITS }).rateLimits

function problemsOf(text: string): string[] {
  const problems: string[] = []
  parseTiers(text, (entry, why) => problems.push(`${entry}: ${why}`))
  return problems
}

describe('RATE_LIMITS', () => {
  it('names a plan in one line', () => {
    const plans = 'free=60/1m anonymous; member=600/1m authenticated; partner=10000/1h key'
    const expected = [
      { name: 'free', quota: 60, windowSeconds: 60, who: 'anonymous' },
      { name: 'member', quota: 600, windowSeconds: 60, who: 'authenticated' },
      { name: 'partner', quota: 10_000, windowSeconds: 3_600, who: 'key' },
    ]
    expect(tiersOf(plans)).to.deep.equal(expected)
    expect(tiersOf(plans.replaceAll('; ', '\n'))).to.deep.equal(expected)
    expect(tiersOf(' free = 60 / 1m   anonymous ;')).to.deep.equal(expected.slice(0, 1))
  })

  it('limits nothing when it is not set', () => {
    expect(tiersOf()).to.deep.equal([])
    expect(tiersOf(' ; ')).to.deep.equal([])
  })

  it('says of each wrong entry what is the matter with it, all in one message', () => {
    expect(() => tiersOf('free=60 anonymous; Free=1/1m key; ok=1/1m key')).to.throw(
      'These settings cannot be used:\n' +
        '  RATE_LIMITS="free=60 anonymous": takes NAME=QUOTA/WINDOW WHO, such as free=60/1m anonymous\n' +
        '  RATE_LIMITS="Free=1/1m key": a name takes up to 32 of a-z, 0-9, - and _',
    )
  })

  for (const [entry, problem] of [
    ['free', /NAME=QUOTA\/WINDOW WHO/],
    ['=60/1m anonymous', /NAME=QUOTA\/WINDOW WHO/],
    ['login=60/1m anonymous', /the name login is taken/],
    ['none=60/1m key', /the name none is taken/],
    ['"free"=60/1m anonymous', /a name takes/],
    ['free=0/1m anonymous', /whole number from 1/],
    ['free=-5/1m anonymous', /whole number from 1/],
    ['free=1e3/1m anonymous', /whole number from 1/],
    ['free=1.5/1m anonymous', /whole number from 1/],
    ['free=9999999999/1m anonymous', /whole number from 1/],
    ['free=60/m anonymous', /a window is a duration/],
    ['free=60/60 anonymous', /a window is a duration/],
    ['free=60/0s anonymous', /a window is a duration/],
    ['free=60/1m', /one of anonymous, authenticated, key/],
    ['free=60/1m everybody', /one of anonymous, authenticated, key/],
    ['free=60/1m anonymous key', /one of anonymous, authenticated, key/],
    ['free=60/2d anonymous', /a window for anonymous is at most 1d/],
    ['free=60/32d key', /a window for key is at most 31d/],
  ] as const) {
    it(`refuses ${entry}`, () => {
      const problems = problemsOf(entry)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(problem)
    })
  }

  it('refuses a name that comes twice', () => {
    expect(problemsOf('free=1/1m key; free=2/1m key')).to.deep.equal([
      'free=2/1m key: there is a tier free before it',
    ])
  })
})

describe('a standing', () => {
  const limit = { name: 'free', quota: 5, windowSeconds: 60 }

  it('is told in whole seconds, never fewer than it takes and never none', () => {
    const told = (resetMs: number) => standing(limit, { remaining: 0, resetMs }).resetSeconds
    expect([told(0), told(1), told(1_000), told(1_001)]).to.deep.equal([1, 1, 1, 2])
  })

  it('counts what is left after this request', () => {
    const left = (remaining: number) => standing(limit, { remaining, resetMs: 1 })
    expect(left(5)).to.include({ allowed: true, remaining: 4 })
    expect(left(1)).to.include({ allowed: true, remaining: 0 })
    expect(left(0)).to.include({ allowed: false, remaining: 0 })
  })
})
