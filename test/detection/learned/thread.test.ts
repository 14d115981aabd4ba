import path from 'node:path'
import { expect } from 'chai'
import { FEATURES } from '../../../src/detection/features'
import type { Matrix } from '../../../src/detection/learned/detector'
import { LearnedThread } from '../../../src/detection/learned/thread'
import { observedCrowd } from './data'

const ODD = 60
const PATIENCE_MS = 15_000

/** Anew for every question: rows are handed over. */
const rows = (): Matrix => observedCrowd(ODD + 1, { odd: [ODD] })
const task = () => ({ detectors: ['forest' as const], observed: rows(), seed: 1, clean: false })

describe('the thread for what is learned', () => {
  const thread = new LearnedThread()
  after(() => thread.close())
  const scored = async (model: Uint8Array) =>
    thread.score({ model, observed: rows(), explainFrom: 0.5 }, PATIENCE_MS)

  const rejection = async (worker: string, timeoutMs: number) => {
    const broken = new LearnedThread(path.join(__dirname, 'workers', worker))
    const answers = [1, 2].map(() => broken.train(task(), timeoutMs))
    const outcomes = await Promise.allSettled(answers)
    return outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason?.message)
  }

  it('trains, scores and explains', async () => {
    const trained = await thread.train(task(), PATIENCE_MS)
    expect(trained.detectors).to.deep.equal(['forest'])
    expect(trained.failures).to.deep.equal([])
    expect(trained.trainedOn).to.be.within(10, ODD + 1)

    const { scores, contributions, usual } = await scored(trained.model)
    expect(scores.indexOf(Math.max(...scores))).to.equal(ODD)
    expect(contributions.get(ODD)![0]!.feature).to.be.within(0, FEATURES.length - 1)
    expect(usual.shown).to.have.length(FEATURES.length)
  })

  it('answers several questions, one after the other, the same way each time', async () => {
    const trained = await Promise.all([1, 2].map(() => thread.train(task(), PATIENCE_MS)))
    expect(trained[0]!.model).to.deep.equal(trained[1]!.model)
    const answers = await Promise.all([1, 2, 3].map(() => scored(trained[0]!.model)))
    for (const { scores } of answers) expect(scores).to.deep.equal(answers[0]!.scores)
  })

  it('may be started ahead, and is started anew when that one is gone', async () => {
    const early = new LearnedThread()
    early.prepare()
    await early.close()
    early.prepare()
    expect((await early.train(task(), PATIENCE_MS)).detectors).to.deep.equal(['forest'])
    await early.close()
  })

  it('leaves out a detector that does not work, and says why', async () => {
    const detectors = ['forest', 'oracle'] as never
    const answer = await thread.train({ ...task(), detectors }, PATIENCE_MS)
    expect(answer.detectors).to.deep.equal(['forest'])
    expect(answer.failures[0]).to.match(/^oracle: /)
  })

  it('refuses a torn model with a sentence, and goes on', async () => {
    const { model } = await thread.train(task(), PATIENCE_MS)
    const torn = await scored(model.slice(0, -9)).catch((error) => error)
    expect(torn.message).to.equal('The learned model is torn: its checksum is wrong.')
    expect((await scored(model)).scores).to.have.length(ODD + 1)
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
      expect(await rejection(worker, PATIENCE_MS)).to.deep.equal([message, message])
    }
  })
})
