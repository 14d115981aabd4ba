import path from 'node:path'
import { expect } from 'chai'
import { LearnedThread, type Question } from '../../../src/detection/learned/thread'
import { crowd, matrixOf } from './data'

const ODD = 40
const question: Question = {
  detectors: ['forest'],
  training: matrixOf([...crowd(ODD, 4), [9, 9, 9, 9]]),
  matrix: matrixOf([...crowd(ODD, 4), [9, 9, 9, 9]]),
  usual: new Float64Array(4),
  seed: 1,
  explainFrom: 0.5,
}

describe('the thread for what is learned', () => {
  const thread = new LearnedThread()
  after(() => thread.close())

  const rejection = async (worker: string, timeoutMs: number) => {
    const broken = new LearnedThread(path.join(__dirname, 'workers', worker))
    const answers = [1, 2].map(() => broken.ask(question, timeoutMs))
    const outcomes = await Promise.allSettled(answers)
    return outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason?.message)
  }

  it('trains, scores and explains', async () => {
    const answer = await thread.ask(question, 15_000)
    expect(answer.detectors).to.deep.equal(['forest'])
    expect(answer.trainedOn).to.equal(ODD + 1)
    expect(answer.scores.indexOf(Math.max(...answer.scores))).to.equal(ODD)
    expect(answer.contributions.get(ODD)).to.have.length.within(1, 4)
  })

  it('answers several questions, one after the other, the same way each time', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => thread.ask(question, 15_000)))
    for (const { scores } of answers) expect(scores).to.deep.equal(answers[0]!.scores)
  })

  it('leaves out a detector that does not work, and says why', async () => {
    const detectors = ['forest', 'oracle'] as never
    const answer = await thread.ask({ ...question, detectors }, 15_000)
    expect(answer.detectors).to.deep.equal(['forest'])
    expect(answer.failures[0]).to.match(/^oracle: /)
  })

  it('is ended when it hangs', async () => {
    const message = 'no answer within 300 ms'
    expect(await rejection('hangs', 300)).to.deep.equal([message, message])
  })

  it('may fail or go away without taking the process with it', async () => {
    for (const [worker, message] of [
      ['throws', 'out of order'],
      ['exits', 'the thread ended with code 3'],
    ] as const) {
      expect(await rejection(worker, 15_000)).to.deep.equal([message, message])
    }
  })
})
