import { expect } from 'chai'
import { coalesce } from '../../src/platform/coalesce'

describe('coalesce', () => {
  it('runs once for all who ask before it begins, and anew for who asks later', async () => {
    const runs: (() => void)[] = []
    const ask = coalesce(
      () =>
        new Promise<number>((resolve) => {
          const run = runs.push(() => resolve(run))
        }),
    )

    const first = ask()
    await settle()
    const second = [ask(), ask()]
    await settle()
    expect(runs).to.have.length(1)

    runs[0]!()
    expect(await first).to.equal(1)
    await settle()
    runs[1]!()
    expect(await Promise.all(second)).to.deep.equal([2, 2])
    expect(runs).to.have.length(2)
  })

  it('goes on after a failure, which all who share the run are told', async () => {
    let run = 0
    const ask = coalesce(async () => {
      run++
      if (run === 1) throw new Error('the first')
      return run
    })

    const shared = await Promise.allSettled([ask(), ask()])
    expect(shared.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    expect(await ask()).to.equal(2)
  })
})

/** Lets everything run that is ready to. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
