import { expect } from 'chai'
import { observe, toMatrix } from '../../../src/detection/features'
import type { Tally } from '../../../src/detection/hour/tally'
import { Baseline } from '../../../src/detection/learned/baseline'
import { FEWEST_ROWS, tryChallenger } from '../../../src/detection/learned/challenge'
import type { Matrix } from '../../../src/detection/learned/detector'
import type { LearnedModel } from '../../../src/detection/learned/learned-model'
import { seededRandom } from '../../../src/detection/learned/random'
import { rankCorrelation } from '../../../src/detection/learned/rank-correlation'
import { trainModel } from '../../../src/detection/learned/training'
import { networkOfStored } from '../../../src/detection/site/stored-network'
import { attacker, honest } from './clients'

const NONE: Matrix = { rows: 0, columns: 0, values: new Float64Array(0) }
const HOUR_MS = 3_600_000
const START = Date.parse('2026-03-01T00:00:00Z')

const train = (observed: Matrix, seed = 1) =>
  trainModel({ detectors: ['forest', 'mahalanobis'], observed, seed, clean: true })

const scoresOf = ({ usual, ensemble }: LearnedModel, tallies: readonly Tally[]) =>
  ensemble.score(toMatrix(observe(tallies), usual))

describe('a challenger', () => {
  const random = seededRandom(1)
  const people = (count: number) => Array.from({ length: count }, () => honest(random))
  const attackers = (count: number) => Array.from({ length: count }, () => attacker(random, 1))
  const baseline = observe(people(1_000))
  const another = observe(people(1_000))

  it('takes the place when there was none, or when it sees what the champion sees', async () => {
    const [first, second] = [await train(baseline), await train(another, 2)]
    const trial = { challenger: second, baseline: another, prototypes: NONE, seed: 1 }
    expect(tryChallenger({ ...trial, incumbents: [] }).promoted).to.equal(true)
    const verdict = tryChallenger({ ...trial, incumbents: [first] })
    expect(verdict, verdict.why).to.include({ promoted: true })
    expect(verdict.drills!.challenger).to.be.greaterThan(0.5)
  })

  it('does not when attackers have taught it in numbers', async () => {
    const taught = observe([...people(800), ...attackers(200)])
    const verdict = tryChallenger({
      challenger: await train(taught),
      incumbents: [await train(baseline)],
      baseline: taught,
      prototypes: NONE,
      seed: 1,
    })
    expect(verdict.promoted).to.equal(false)
    expect(verdict.why).to.match(/^Of the rows to learn from, (19|20).\d % are as odd/)
  })

  it('takes the place again and again while everybody is honest', async () => {
    let champion = await train(baseline)
    for (let seed = 2; seed < 14; seed++) {
      const rows = observe(people(1_000))
      const challenger = await train(rows, seed)
      const trial = { challenger, baseline: rows, prototypes: NONE, seed }
      const verdict = tryChallenger({ ...trial, incumbents: [champion] })
      expect(verdict, verdict.why).to.include({ promoted: true })
      champion = challenger
    }
  })

  it('takes the place at a small site, whose first champions have learned from few', async () => {
    for (const seed of [1, 2, 3]) {
      const own = seededRandom(seed)
      const grown = new Baseline({ nameNetwork: networkOfStored, random: own })
      const promoted: LearnedModel[] = []
      for (let hour = 0; hour < 60; hour++) {
        const clients = Array.from({ length: 5 }, () => honest(own))
        const champion = promoted.at(-1)
        const scores = champion && scoresOf(champion, clients)
        grown.learnFrom(new Date(START + hour * HOUR_MS), clients, scores)
        const rows = grown.rows()
        if (rows.rows < FEWEST_ROWS || hour % 2 === 1) continue
        const challenger = await train(rows, hour)
        const incumbents = champion ? [champion, promoted[0]!] : []
        const trial = { challenger, incumbents, baseline: rows, prototypes: NONE, seed: hour }
        if (tryChallenger(trial).promoted) promoted.push(challenger)
      }
      expect(promoted.at(-1)!.trainedOn, `seed ${seed}`).to.be.at.least(280)
    }
  })

  it('does not when some of its rows are a little odd, each of them', async () => {
    const somewhat = Array.from({ length: 60 }, () => attacker(random, 0.1))
    const taught = observe([...people(940), ...somewhat])
    const verdict = tryChallenger({
      challenger: await train(taught),
      incumbents: [await train(baseline)],
      baseline: taught,
      prototypes: NONE,
      seed: 1,
    })
    expect(verdict.why).to.match(
      /^Of the rows to learn from, \d.\d % are as odd as one in a hundred/,
    )
    expect(verdict.promoted).to.equal(false)
  })

  it('does not when it is blind to attacks that nobody has made', async () => {
    // Who teaches everything at once teaches it to bear everything.
    const taught = observe([...people(850), ...attackers(150)])
    const verdict = tryChallenger({
      challenger: await train(taught),
      incumbents: [await train(baseline)],
      baseline,
      prototypes: NONE,
      seed: 1,
    })
    expect(verdict.why).to.match(/^Made-up attacks score 0.\d\d with it/)
    expect(verdict.promoted).to.equal(false)
  })

  it('does not when it is blind to attacks that people have confirmed', async () => {
    const prototypes = observe(attackers(5))
    const blind = await train(observe(attackers(1_000)))
    const incumbents = [await train(baseline)]
    const trial = { challenger: blind, incumbents, baseline, prototypes, seed: 1 }
    expect(tryChallenger(trial).why).to.match(/^Of confirmed attacks it sees 0.0 %/)
  })
})

describe('an attacker who is a little odder every hour, for days, from hundreds of networks', () => {
  it('does not become usual', async () => {
    const random = seededRandom(7)
    const baseline = new Baseline({ nameNetwork: networkOfStored, random })
    const promoted: LearnedModel[] = []
    for (let step = 0; step < 7 * 4; step++) {
      const hour = new Date(START + step * 6 * HOUR_MS)
      const level = Math.max(0, Math.min(1, (step - 4) / 20))
      const clients = [
        ...Array.from({ length: 150 }, () => honest(random)),
        ...(step < 4 ? [] : Array.from({ length: 60 }, () => attacker(random, level))),
      ]
      const champion = promoted.at(-1)
      baseline.learnFrom(hour, clients, champion && scoresOf(champion, clients))
      const rows = baseline.rows()
      const challenger = await train(rows, step)
      const incumbents = champion ? [champion, promoted[0]!] : []
      const trial = { challenger, incumbents, baseline: rows, prototypes: NONE, seed: step }
      const verdict = tryChallenger(trial)
      if (verdict.promoted) promoted.push(challenger)
    }
    const attackers = Array.from({ length: 100 }, () => attacker(random, 1))
    const scores = scoresOf(promoted.at(-1)!, attackers)
    const people = scoresOf(
      promoted.at(-1)!,
      Array.from({ length: 500 }, () => honest(random)),
    )
    expect(scores.filter((score) => score >= 0.9).length).to.be.at.least(95)
    expect(people.filter((score) => score >= 0.9).length).to.be.at.most(5)
  })
})

describe('rank correlation', () => {
  it('is 1 for the same order, −1 for the opposite, and knows ties', () => {
    const of = (a: number[], b: number[]) =>
      rankCorrelation(Float64Array.from(a), Float64Array.from(b))
    expect(of([1, 2, 3], [10, 20, 90])).to.be.closeTo(1, 1e-9)
    expect(of([1, 2, 3], [3, 2, 1])).to.be.closeTo(-1, 1e-9)
    // scipy.stats.spearmanr([1, 2, 2, 4], [1, 3, 2, 4])
    expect(of([1, 2, 2, 4], [1, 3, 2, 4])).to.be.closeTo(0.9486832980505138, 1e-9)
    expect(of([5, 5], [1, 2])).to.equal(1)
  })
})
