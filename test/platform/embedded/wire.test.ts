import { expect } from 'chai'
import fc from 'fast-check'
import {
  errorIn,
  errorResponse,
  firstColumn,
  Incoming,
  message,
  split,
} from '../../../src/platform/embedded/wire'
import { processorMs } from '../../support/processor-time'

describe('wire', () => {
  it('gives bytes back in the order and the pieces asked for, however they came', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 })
    const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 })
    fc.assert(
      fc.property(pieces, lengths, (chunks, asked) => {
        const incoming = new Incoming()
        for (const chunk of chunks) incoming.push(Buffer.from(chunk))
        let rest = Buffer.concat(chunks)
        for (const length of asked) {
          const expected = rest.length >= length ? rest.subarray(0, length) : undefined
          expect(incoming.peek(length)).to.deep.equal(expected)
          expect(incoming.take(length)).to.deep.equal(expected)
          if (expected) rest = rest.subarray(length)
        }
      }),
    )
  })

  it('takes a large message in many chunks in a time that grows with its length only', async () => {
    const incoming = new Incoming()
    const chunk = Buffer.alloc(1_024)
    let tooEarly = 0
    const spentMs = await processorMs(() => {
      for (let i = 0; i < 65_536; i++) {
        incoming.push(chunk)
        incoming.peek(5)
        if (incoming.take(67_108_864 + 1)) tooEarly++
      }
      expect(incoming.take(67_108_864)).to.have.length(67_108_864)
    })
    expect(tooEarly).to.equal(0)
    // Were each chunk to move what came before it, two terabytes would be copied.
    expect(spentMs).to.be.lessThan(3_000)
  })

  it('splits what was joined', () => {
    const messages = [message(0x51, 'one\0'), message(0x53), message(0x64, Buffer.alloc(300))]
    expect([...split(Buffer.concat(messages))]).to.deep.equal(messages)
  })

  it('finds an error among other messages', () => {
    const error = errorResponse('ERROR', '42P01', 'relation "x" does not exist')
    expect(errorIn(Buffer.concat([message(0x53), error]))).to.equal('relation "x" does not exist')
    expect(errorIn(message(0x53))).to.equal(undefined)
  })

  it('reads the first column of rows', () => {
    const row = message(
      0x44,
      Buffer.from([0, 2, 0, 0, 0, 2]),
      'ab',
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
    )
    expect(firstColumn(Buffer.concat([row, message(0x53), row]))).to.deep.equal(['ab', 'ab'])
  })
})
