import { expect } from 'chai'
import {
  estimate,
  hashText,
  newSketch,
  noteHash,
  type Sketch,
  setBits,
} from '../../src/request-log/sketch'

const TRIALS = 100

describe('a sketch of different texts', () => {
  /** So many texts that no other trial has. */
  function sketchOf(count: number, trial: number, levels = 5): Sketch {
    const sketch = newSketch(levels)
    for (let i = 0; i < count; i++) noteHash(sketch, hashText(`/page/${trial}/${i}`))
    return sketch
  }

  it('counts each text once', () => {
    const sketch = newSketch(5)
    expect(estimate(setBits(sketch))).to.equal(0)
    for (let i = 0; i < 1_000; i++) noteHash(sketch, hashText('/always/the/same'))
    expect(estimate(setBits(sketch))).to.equal(1)
  })

  for (const count of [3, 10, 50, 150, 250, 1_000, 5_000, 16_000]) {
    it(`is right about ${count.toLocaleString('en')} within its error, and on average`, () => {
      const errors = Array.from({ length: TRIALS }, (_, trial) => {
        return estimate(setBits(sketchOf(count, trial))) / count - 1
      })
      const mean = errors.reduce((sum, error) => sum + error, 0) / TRIALS
      const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / TRIALS)
      expect(deviation).to.be.below(0.2)
      expect(Math.abs(mean)).to.be.below(0.06)
    })
  }

  it('of all is that of the parts merged, in any order', () => {
    const whole = newSketch(5)
    const parts = [newSketch(5), newSketch(5)]
    for (let i = 0; i < 3_000; i++) {
      noteHash(whole, hashText(`/${i}`))
      noteHash(parts[i % 2]!, hashText(`/${i}`))
    }
    const merged = parts[0]!.map((word, nth) => word | parts[1]![nth]!)
    expect(merged).to.deep.equal(whole)
  })

  it('ends somewhere, and does not say infinity', () => {
    const full = newSketch(1).fill(0xffff_ffff)
    expect(estimate(setBits(full))).to.be.within(200, 400)
  })

  it('of one level is right about a few, such as user agents', () => {
    for (const count of [1, 2, 5, 20]) {
      const found = estimate(setBits(sketchOf(count, 7, 1)))
      expect(found).to.be.within(count * 0.8, count * 1.2)
    }
  })
})
