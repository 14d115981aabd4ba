import { expect } from 'chai'
import { InvalidDuration, requireDuration } from '../../src/http/duration'

describe('durations', () => {
  const durations: [text: string, ms: number][] = [
    ['1s', 1_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['3650d', 315_360_000_000],
  ]
  for (const [text, ms] of durations) {
    it(`${text} is ${ms} ms`, () => expect(requireDuration(text)).to.equal(ms))
  }

  for (const text of [
    '',
    '24',
    'h',
    '-1h',
    '1.5h',
    '1 h',
    '1H',
    '1y',
    '0s',
    '3651d',
    '99999999999h',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => requireDuration(text)).to.throw(InvalidDuration, 'is not')
    })
  }
})
