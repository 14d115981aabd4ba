import path from 'node:path'
import { expect } from 'chai'
import { askThread, type Question } from '../../../src/detection/learned/thread'
import { crowd, matrixOf } from './data'

const ODD = 40
const question: Question = {
  detectors: ['forest'],
  matrix: matrixOf([...crowd(ODD, 4), [9, 9, 9, 9]]),
  usual: new Float64Array(4),
  seed: 1,
  explainFrom: 0.5,
}

describe('the thread for what is learned', () => {
  const rejection = async (worker: string, timeoutMs: number) => {
    const file = path.join(__dirname, 'workers', worker)
    const error = await askThread(question, timeoutMs, file).catch((error: Error) => error)
    return (error as Error).message
  }

  it('trains, scores and explains', async () => {
    const answer = await askThread(question, 15_000)
    expect(answer.detectors).to.deep.equal(['forest'])
    expect(answer.trainedOn).to.equal(ODD + 1)
    expect(answer.scores.indexOf(Math.max(...answer.scores))).to.equal(ODD)
    expect(answer.contributions.get(ODD)).to.have.length.within(1, 4)
  })

  it('leaves out a detector that does not work, and says why', async () => {
    const detectors = ['forest', 'oracle'] as never
    const answer = await askThread({ ...question, detectors }, 15_000)
    expect(answer.detectors).to.deep.equal(['forest'])
    expect(answer.failures[0]).to.match(/^oracle: /)
  })

  it('is ended when it hangs', async () => {
    expect(await rejection('hangs', 300)).to.equal('no answer within 300 ms')
  })

  it('may fail or go away without taking the process with it', async () => {
    expect(await rejection('throws', 15_000)).to.equal('out of order')
    expect(await rejection('exits', 15_000)).to.equal('the thread ended with code 3')
  })
})
