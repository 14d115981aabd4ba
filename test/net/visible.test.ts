import { expect } from 'chai'
import fc from 'fast-check'
import {
  headerText,
  unescaped,
  visible,
  visibleBytes,
  visibleJson,
  visibleLines,
} from '../../src/net/visible'

/** What a terminal obeys, hides or turns around, and what no database keeps. */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('text made visible', () => {
  it('stays as it is when it is harmless', () => {
    for (const text of ['', '/päth/中/😀?x="\\', '👩‍👩‍👧', 'می‌خواهم', 'a\u0301', '\ue000']) {
      expect(visible(text)).to.equal(text)
    }
  })

  const shown: [text: string, visible: string][] = [
    ['a\0b\n\x1b[31m\x7f\x9f', 'a\\x00b\\x0a\\x1b[31m\\x7f\\x9f'],
    ['\u061c\u200b\u200e\u202e\u2066\ufeff\xad', '\\u061c\\u200b\\u200e\\u202e\\u2066\\ufeff\\xad'],
    ['\u2028\u2029\x85', '\\u2028\\u2029\\x85'],
    ['\ud800x\udfff\ud83d\ude00', '\\ud800x\\udfff😀'],
    ['\u{e0001}', '\\u{e0001}'],
  ]
  for (const [text, expected] of shown) {
    it(`shows ${expected}`, () => {
      expect(visible(text)).to.equal(expected)
      expect(unescaped(expected)).to.equal(text)
    })
  }

  it('is safe, and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.to.match(UNSAFE)
        if (!text.includes('\\')) expect(unescaped(visible(text))).to.equal(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves alone what only looks like an escape', () => {
    for (const text of ['\\x61', '\\u0061', '\\u212a', '\\n', '\\', '\\x', '\\admin\\x4']) {
      expect(unescaped(text)).to.equal(text)
    }
  })

  it('keeps its lines on a terminal', () => {
    expect(visibleLines('a\n\x1b[2Jb\r\n')).to.equal('a\n\\x1b[2Jb\\x0d\n')
  })

  it('means the same in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = visibleJson(JSON.stringify({ text }))
        expect(json).not.to.match(UNSAFE)
        expect(JSON.parse(json)).to.deep.equal({ text })
      }),
      { numRuns: 2_000 },
    )
  })

  it('shows bytes that are no UTF-8, in a header too', () => {
    const bytes = Buffer.from('61c3a4ff80f09f9880eda080c0af', 'hex')
    const text = 'aä\\xff\\x80😀\\xed\\xa0\\x80\\xc0\\xaf'
    expect(visibleBytes(bytes)).to.equal(text)
    expect(headerText(bytes.toString('latin1'))).to.equal(text)
    expect(headerText('curl/8')).to.equal('curl/8')
    expect(JSON.parse(`"${visibleBytes(bytes, '\\\\')}"`)).to.equal(text)
  })
})
