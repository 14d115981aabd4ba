import { expect } from 'chai'
import { Opened } from '../../src/platform/lifecycle'

describe('Opened', () => {
  it('closes the last opened first, one after the other, and once', async () => {
    const opened = new Opened()
    const closed: string[] = []
    for (const name of ['database', 'log', 'server']) {
      const thing = opened.add({ name }, async ({ name }) => {
        await null
        closed.push(name)
      })
      expect(thing).to.deep.equal({ name })
    }
    await opened.close()
    await opened.close()
    expect(closed).to.deep.equal(['server', 'log', 'database'])
  })

  it('closes the rest when one fails, and throws at the end', async () => {
    const opened = new Opened()
    const closed: string[] = []
    const fail = (name: string) => {
      throw new Error(name)
    }
    opened.add('first', (name) => closed.push(name))
    opened.add('second', fail)
    const one = await opened.close().catch((error) => error)
    expect(one).to.have.property('message', 'second')
    expect(closed).to.deep.equal(['first'])

    opened.add('third', fail)
    opened.add('fourth', fail)
    const several = await opened.close().catch((error) => error)
    expect(several.errors.map(String)).to.deep.equal(['Error: fourth', 'Error: third'])
  })
})
