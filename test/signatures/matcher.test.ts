import { expect } from 'chai'
import fc from 'fast-check'
import { splitTarget } from '../../src/net/request-path'
import {
  MOST_STEPS_PER_CHARACTER,
  matchAgent,
  matchTarget,
  stepsOfTarget,
} from '../../src/signatures/matcher'
import { SIGNATURES } from '../../src/signatures/pack'
import { HONEST, HONEST_AGENTS } from './honest'

/** Texts that make a careless matcher slow: what almost matches, again and again. */
const HOSTILE = [
  '../',
  '%25',
  '%252e',
  '/*',
  '/*!',
  "'",
  "' or ",
  '${',
  '$%7B',
  '<',
  '&a=<',
  'union select ',
  'union/**/',
  '/.',
  '/wp-content/plugins/',
  '.php',
  'a',
  ' ',
  '1',
  '%c0',
  '\\',
  '%u00',
  '((((',
  ';cat ',
]

describe('matching a target', () => {
  it('finds nothing above low in what honest visitors ask for', () => {
    for (const target of HONEST) {
      const { path, query } = splitTarget(target)
      const matched = matchTarget(path, query).map((index) => SIGNATURES[index]!)
      const loud = matched.filter(({ severity }) => severity !== 'low')
      expect(
        loud.map(({ name }) => name),
        target,
      ).to.be.empty
    }
  })

  it('finds nothing in the agents of honest clients', () => {
    for (const agent of HONEST_AGENTS) {
      const names = matchAgent(agent).map((index) => SIGNATURES[index]!.name)
      expect(names, agent).to.be.empty
    }
  })

  it('takes work in proportion to the length, whatever the text', () => {
    for (const text of HOSTILE) {
      const [short, long] = [500, 4_000].map((length) => workOf(text, length))

      expect(long, text).to.be.at.most(short! * 8 + 100)
    }
  })

  it('takes a bounded number of steps for each character, whatever the text', () => {
    const texts = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string()), { maxLength: 60 })
    fc.assert(
      fc.property(texts, texts, (path, query) => {
        const [first, second] = [path.join(''), query.join('')]
        const most = MOST_STEPS_PER_CHARACTER * (first.length + second.length + 8)
        expect(stepsOfTarget(first, second, [])).to.be.at.most(most)
      }),
    )
    expect(MOST_STEPS_PER_CHARACTER).to.be.below(60)
  })

  it('looks no further than 4,096 characters, and never throws', () => {
    const long = 'a'.repeat(1_000_000)

    expect(matchTarget(`/.env/${long}`, long).length).to.be.above(0)
    expect(stepsOfTarget(`/${long}`, long, [])).to.be.below(100_000)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, query) => {
        matchTarget(path, query)
        matchAgent(path)
      }),
    )
  })

  it('finds an attack wherever it stands among harmless parameters', () => {
    const padding = Array.from({ length: 40 }, (_, i) => `p${i}=value${i}`).join('&')

    expect(matchTarget('/', `${padding}&x=${'%3Cscript%3E'}`)).to.not.be.empty
    expect(matchTarget('/', `x=${'%3Cscript%3E'}&${padding}`)).to.not.be.empty
  })

  it('remembers nothing of the target before', () => {
    expect(matchTarget('/autodiscover/autodiscover.json', 'a@b')).to.not.deep.equal([])
    expect(matchTarget('/', 'x=powershell')).to.deep.equal([])
  })
})

function workOf(text: string, length: number): number {
  const long = text.repeat(Math.ceil(length / text.length)).slice(0, length)
  return stepsOfTarget(`/${long}`, long, [])
}
