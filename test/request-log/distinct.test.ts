import { expect } from 'chai'
import {
  DISTINCT_BITS,
  DISTINCT_WITHIN,
  Distinct,
  estimateDistinct,
} from '../../src/request-log/distinct'
import { hashText } from '../../src/request-log/sketch'

describe('a sketch of different texts', () => {
  const sketchOf = (count: number, seed: string) => {
    const sketch = new Distinct()
    for (let nth = 0; nth < count; nth++) sketch.note(hashText(`${seed}.${nth}`))
    return sketch
  }

  it('is right to a few while there are few, and knows that nobody came', () => {
    expect(estimateDistinct(new Distinct().toText())).to.equal(0)
    for (const count of [1, 2, 10, 40]) {
      const told = estimateDistinct(sketchOf(count, 'few').toText())
      expect(told, String(count)).to.be.within(count - 2, count + 2)
    }
  })

  for (const count of [100, 1_000, 10_000, 100_000]) {
    it(`is as near as it says among ${count}, in 19 of 20 cases`, () => {
      const cases = count > 10_000 ? 20 : 60
      let far = 0
      for (let nth = 0; nth < cases; nth++) {
        const told = estimateDistinct(sketchOf(count, `case ${nth}`).toText())
        if (Math.abs(told - count) > DISTINCT_WITHIN * count) far++
      }
      expect(far).to.be.at.most(cases / 20 + 1)
    })
  }

  it('counts nothing twice, and is merged by a bitwise or', () => {
    const [all, half, other] = [sketchOf(4_000, 'x'), new Distinct(), new Distinct()]
    for (let nth = 0; nth < 3_000; nth++) half.note(hashText(`x.${nth}`))
    for (let nth = 1_000; nth < 4_000; nth++) {
      other.note(hashText(`x.${nth}`))
      other.note(hashText(`x.${nth}`))
    }
    const second = other.toText()
    const merged = [...half.toText()].map((bit, at) => (bit === '1' ? bit : second[at]))
    expect(merged.join('')).to.equal(all.toText())
  })

  it('is as long as the database expects, in both spellings', () => {
    const sketch = sketchOf(500, 'y')
    const text = sketch.toText()
    expect(text).to.have.length(DISTINCT_BITS)
    const bits = [...sketch.toHex()].map((digit) => {
      return Number.parseInt(digit, 16).toString(2).padStart(4, '0')
    })
    expect(bits.join('')).to.equal(text)
  })
})
