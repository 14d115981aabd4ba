import { Writable } from 'node:stream'
import { expect } from 'chai'
import { createLogger } from '../../src/platform/logger'
import { HOSTILE, UNSAFE } from '../support/hostile'

describe('the service’s own log', () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })

  it('is JSON that no terminal obeys, whatever is told', () => {
    const log = createLogger('info', destination)
    for (const text of HOSTILE) {
      log.info({ text, error: new Error(text) }, text)
      const line = lines.at(-1)!
      expect(line)
        .to.match(/^[^\n]*\n$/)
        .and.not.match(UNSAFE)
      expect(JSON.parse(line).text).to.equal(text)
    }
  })

  it('holds no secret', () => {
    createLogger('info', destination).info({ password: 'hunter2', header: { cookie: 'a=b' } })
    expect(lines.at(-1)).to.not.match(/hunter2|a=b/)
  })
})
