import { expect } from 'chai'
import { Losses } from '../../src/request-log/losses'

describe('lost records', () => {
  it('are told at once, then every few seconds as long as it goes on, and when it is over', () => {
    const told: string[] = []
    const tell = ({ dropped }: { dropped: number }, text: string) => {
      told.push(`${text}: ${dropped}`)
    }
    const losses = new Losses({ error: tell, warn: tell } as never)
    losses.look()
    expect(told).to.deep.equal([])

    for (let i = 0; i < 5; i++) losses.note(2, new Error('the disk is full'))
    expect(told.splice(0)).to.deep.equal(['request log: records are lost: 2'])
    losses.look()
    expect(told.splice(0)).to.deep.equal(['request log: records are lost: 10'])
    expect(losses.goOn).to.equal(true)
    losses.look()
    losses.look()
    expect(told.splice(0)).to.deep.equal(['request log: no more records are lost: 10'])
    expect([losses.goOn, losses.total]).to.deep.equal([false, 10])

    losses.note(1)
    expect(told).to.deep.equal(['request log: records are lost: 11'])
  })
})
