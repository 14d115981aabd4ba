import { expect } from 'chai'
import { closeServer, listen, urlOf } from '../../src/http/server'

describe('the server', () => {
  it('says which place is taken', async () => {
    const first = await listen((_request, response) => response.end(), {
      port: 0,
      host: '127.0.0.1',
    })
    const port = Number(new URL(urlOf(first)).port)
    const failure = await listen(() => {}, { port, host: '127.0.0.1' }).catch((error) => error)
    expect(failure).to.be.instanceOf(Error)
    expect(failure.message).to.equal(
      `127.0.0.1:${port} is taken by another program; choose another PORT`,
    )
    await closeServer(first)
  })
})
