import { expect } from 'chai'
import { calibrate } from '../../../src/detection/learned/calibration'
import { trainEnsemble } from '../../../src/detection/learned/ensemble'
import { explain } from '../../../src/detection/learned/explanation'
import { trainingRows } from '../../../src/detection/learned/training'
import { auc, crowd, matrixOf } from './data'

const seeded = (seed: number) => ({ seed, clean: false })

describe('learned scores', () => {
  it('see fifty identical attackers among a thousand', async () => {
    const attacker = [4, 4, 4, 0, 0, 0]
    const matrix = matrixOf([...crowd(950, 6), ...Array.from({ length: 50 }, () => attacker)])
    const usual = trainingRows(matrix)
    expect(usual.rows).to.be.within(951, 999)

    const { score } = await trainEnsemble(['forest'], usual, seeded(1))
    expect(auc(score(matrix), (row) => row >= 950)).to.be.at.least(0.99)
  })

  it('mean the same whatever the model: one in ten, one in a hundred', () => {
    for (const scale of [1, 1_000]) {
      // Exponentially distributed: q of the rows lie above -ln(q).
      const usual = Float64Array.from(
        { length: 10_000 },
        (_, i) => -Math.log(1 - i / 10_000) * scale,
      )
      const calibrated = calibrate(usual)
      expect(calibrated(-Math.log(0.1) * scale)).to.be.closeTo(0.09, 0.01)
      expect(calibrated(-Math.log(0.01) * scale)).to.be.closeTo(0.5, 0.01)
      expect(calibrated(-Math.log(0.001) * scale)).to.be.closeTo(0.91, 0.01)
      expect(calibrated(0)).to.be.lessThan(0.011)
      expect(calibrated(1e9 * scale)).to.equal(1)
    }
  })

  it('stay calibrated when one row in twenty is an attacker', () => {
    const clean = Float64Array.from({ length: 900 }, (_, i) => -Math.log(1 - i / 900))
    const attacked = Float64Array.from([...clean, ...Array<number>(45).fill(50)])
    expect(calibrate(attacked)(10)).to.be.greaterThan(0.9)
  })

  it('are numbers even when all usual rows are alike', () => {
    const calibrated = calibrate(new Float64Array(50).fill(0.4))
    expect(calibrated(0.4)).to.be.lessThan(0.02)
    expect(calibrated(0.5)).to.equal(1)
  })

  it('are the mean of the detectors that work', async () => {
    const matrix = matrixOf(crowd(200, 4))
    const [one, both] = [
      await trainEnsemble(['forest'], matrix, seeded(1)),
      await trainEnsemble(['forest', 'ml-isolation-forest'], matrix, seeded(1)),
    ]
    expect(both.members.map(({ name }) => name)).to.deep.equal(['forest', 'ml-isolation-forest'])
    expect(both.failures).to.deep.equal([])
    expect(both.score(matrix)).not.to.deep.equal(one.score(matrix))
    expect(Math.max(...both.score(matrix))).to.be.at.most(1)
  })

  it('are explained by the features that made them', async () => {
    const odd = [0, 0, 9, 0, 7, 0]
    const matrix = matrixOf([...crowd(300, 6), odd])
    const { score } = await trainEnsemble(['forest'], matrix, seeded(1))
    const scores = score(matrix)
    const reasons = explain(matrix, scores, new Float64Array(6), score, 0.5)
    expect(reasons.get(300)!.map(({ feature }) => feature)).to.include.members([2])
    expect(reasons.get(300)!.every(({ feature }) => [2, 4].includes(feature))).to.equal(true)
    expect(Array.from(reasons.keys())).to.deep.equal([300])
  })
})
