import { expect } from 'chai'
import fc from 'fast-check'
import { sanitise } from '../../src/request-log/sanitise'

describe('text on its way into the log', () => {
  it('stays as it is when it is harmless', () => {
    expect(sanitise('/päth/中/😀?x="\\', 2_048)).to.equal('/päth/中/😀?x="\\')
  })

  it('shows control characters and lone surrogates', () => {
    expect(sanitise('a\0b\n\x1b[31m\x9f\ud800x', 2_048)).to.equal(
      'a\\x00b\\x0a\\x1b[31m\\x9f\\ud800x',
    )
  })

  it('is cut between two characters', () => {
    expect(sanitise('😀😀', 7)).to.equal('😀')
    expect(sanitise('ääää', 5)).to.equal('ää')
    expect(sanitise('aaaa', 3)).to.equal('aaa')
  })

  it('is always what Postgres takes, and never longer than allowed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(40), (text, maxBytes) => {
        const safe = sanitise(text, maxBytes)
        expect(safe).not.to.match(/[\p{Cc}\p{Cs}]/u)
        expect(Buffer.byteLength(safe)).to.be.at.most(maxBytes)
      }),
    )
  })
})
