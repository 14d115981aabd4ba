import { expect } from 'chai'
import { autoencoder } from '../../../src/detection/learned/autoencoder'
import type { Detector } from '../../../src/detection/learned/detector'
import { forest } from '../../../src/detection/learned/forest'
import { mahalanobis } from '../../../src/detection/learned/mahalanobis'
import { mlIsolationForest } from '../../../src/detection/learned/ml-isolation-forest'
import { auc, crowd, matrixOf } from './data'

const CROWD = 500
const seeded = (seed: number) => ({ seed, clean: false })
// Each lies in a direction of its own.
const outliers = crowd(20, 6, 2).map((row, nth) =>
  row.map((value, column) => value + (((nth + 1) >> column) & 1 ? 6 : -6)),
)
const mixed = matrixOf([...crowd(CROWD, 6), ...outliers])

for (const detector of [forest, mahalanobis, mlIsolationForest, autoencoder]) {
  describe(`the detector ${detector.name}`, () => {
    const scored = async (rows = mixed, seed = 7) =>
      (await detector.train(rows, seeded(seed))).score(rows)

    it('finds what lies apart', async () => {
      expect(auc(await scored(), (row) => row >= CROWD)).to.be.greaterThan(0.99)
    })

    it('judges rows that it was not trained on', async () => {
      const model = await detector.train(matrixOf(crowd(CROWD, 6)), seeded(7))
      expect(auc(model.score(mixed), (row) => row >= CROWD)).to.be.greaterThan(0.99)
    })

    it('copes with rows that are all the same', async () => {
      const scores = await scored(matrixOf(Array.from({ length: 100 }, () => [1, 2, 3])))
      expect(new Set(scores.map((score) => Math.round(score * 1e6))).size).to.equal(1)
      expect(Number.isFinite(scores[0])).to.equal(true)
    })

    it('is new at every training', async () => {
      await scored(matrixOf(crowd(50, 6, 3).map((row) => row.map((value) => value + 100))))
      expect(auc(await scored(), (row) => row >= CROWD)).to.be.greaterThan(0.99)
    })
  })
}

describe('our forest', () => {
  it('gives the same scores for the same seed, and others for another', async () => {
    const scores = async (seed: number) => (await forest.train(mixed, seeded(seed))).score(mixed)
    expect(await scores(1)).to.deep.equal(await scores(1))
    expect(await scores(1)).not.to.deep.equal(await scores(2))
  })

  it('gives scores around a half to a crowd, and high ones to what is far away', async () => {
    const model = await forest.train(matrixOf(crowd(2_000, 3)), seeded(1))
    const [middle, far] = model.score(
      matrixOf([
        [0, 0, 0],
        [9, 9, 9],
      ]),
    )
    expect(middle).to.be.within(0.3, 0.5)
    expect(far).to.be.within(0.7, 0.9)
  })

  it('works with a single row and with a single feature', async () => {
    const one = matrixOf([[1, 2]])
    expect(
      Array.from((await forest.train(one, seeded(1))).score(one)).every((s) => s >= 0),
    ).to.equal(true)
    const line = matrixOf([...crowd(200, 1), [50]])
    const scores = (await forest.train(line, seeded(1))).score(line)
    expect(Math.max(...scores)).to.equal(scores[200])
  })

  it('is not distracted by features that hardly ever differ', async () => {
    const rows = crowd(CROWD, 1).map(([value]) => [value!, ...Array<number>(20).fill(0)])
    const odd = [0, 1, ...Array<number>(19).fill(0)]
    const matrix = matrixOf([...rows, ...Array.from({ length: 5 }, () => odd)])
    const scores = (await (forest as Detector).train(matrix, seeded(1))).score(matrix)
    expect(auc(scores, (row) => row >= CROWD)).to.be.greaterThan(0.95)
  })
})

describe('our forest, where data are not as they should be', () => {
  const trained = async (rows: readonly (readonly number[])[]) =>
    forest.train(matrixOf(rows), seeded(1))

  it('sees who shows what nobody usual ever shows', async () => {
    const usual = crowd(CROWD, 3).map((row) => [...row, 0, 0, 0])
    const model = await trained(usual)
    const odd = crowd(20, 3, 2).map((row, nth) => [...row, 0, nth % 2, 1 - (nth % 2)])
    const scores = model.score(
      matrixOf([...crowd(CROWD, 3, 3).map((row) => [...row, 0, 0, 0]), ...odd]),
    )
    expect(auc(scores, (row) => row >= CROWD)).to.be.greaterThan(0.95)
  })

  it('works with infinite numbers and with none', async () => {
    const broken = [
      [Number.NaN, 0, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, -0, 1e300],
    ]
    const rows = matrixOf([...crowd(CROWD, 3), ...broken])
    const scores = (await forest.train(rows, seeded(1))).score(rows)
    expect(scores.every((score) => score > 0 && score < 1)).to.equal(true)
    expect(auc(scores, (row) => row >= CROWD)).to.be.greaterThan(0.99)
  })

  it('learns from nothing that zeros are usual', async () => {
    const model = await forest.train(
      { rows: 0, columns: 3, values: new Float64Array(0) },
      seeded(1),
    )
    const [usual, odd] = model.score(
      matrixOf([
        [0, 0, 0],
        [0, 2, 0],
      ]),
    )
    expect(odd).to.be.greaterThan(usual!)
    expect(model.score({ rows: 0, columns: 3, values: new Float64Array(0) })).to.have.length(0)
  })

  it('tells numbers apart as far as a float can, negative ones too', async () => {
    const rows = matrixOf([...crowd(200, 1).map(([x]) => [-1e6 + x! / 10]), [-1e6 + 9]])
    const scores = (await forest.train(rows, seeded(1))).score(rows)
    expect(Math.max(...scores)).to.equal(scores[200])
  })
})
