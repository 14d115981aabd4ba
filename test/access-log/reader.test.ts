import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { readLines } from '../../src/access-log/reader'

/** All lines of an input that arrives in pieces of `size` bytes. */
async function lines(bytes: Buffer, size = 7, maxBytes?: number): Promise<string[]> {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  const all: string[] = []
  for await (const some of readLines(Readable.from(pieces), maxBytes)) all.push(...some)
  return all
}

describe('reading a log', () => {
  const text = 'first\r\nsecond äöü 中\n\nlast without an end'
  const expected = ['first', 'second äöü 中', '', 'last without an end']

  it('finds the lines wherever its chunks end', async () => {
    for (const size of [1, 2, 3, 5, 1_000]) {
      expect(await lines(Buffer.from(text), size)).to.deep.equal(expected)
    }
  })

  it('recognises gzip, also of several members and in small pieces', async () => {
    const [first, second] = [text.slice(0, 9), text.slice(9)].map((part) => gzipSync(part))
    const bytes = Buffer.concat([first!, second!])

    expect(await lines(bytes, 1)).to.deep.equal(expected)
    expect(await lines(bytes, 1_000)).to.deep.equal(expected)
  })

  it('tells when gzip is cut off, after what could be read', async () => {
    const compressed = gzipSync(`${'a line\n'.repeat(50_000)}`)
    const failure = await lines(compressed.subarray(0, -10)).catch((error) => error)

    expect(failure).to.have.property('code', 'Z_BUF_ERROR')
  })

  it('shows bytes that are not UTF-8', async () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xc3, 0xa4, 0xe4, 0xb8, 0x0a, 0xc0, 0xaf])

    expect(await lines(bytes, 100)).to.deep.equal(['a\\xffb', 'ä\\xe4\\xb8', '\\xc0\\xaf'])
  })

  it('cuts a line without end and finds the next one', async () => {
    const endless = Buffer.concat([Buffer.alloc(3_000_000, 'x'), Buffer.from('\nnext\n')])
    const [long, next] = await lines(endless, 65_536)

    expect(long).to.have.length(65_536)
    expect(next).to.equal('next')
  })

  it('stops at the limit, counted after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    const failure = await lines(bomb, 1_000, 1_000_000).catch((error) => error)

    expect(failure).to.have.property('name', 'TooLong')
  })

  it('leaves the input open for whoever stops early', async () => {
    const input = Readable.from([Buffer.from('a\nb\n'), Buffer.from('c\n')])
    for await (const some of readLines(input)) if (some.length > 0) break

    expect(input.destroyed).to.equal(false)
  })

  it('reads nothing from nothing', async () => {
    expect(await lines(Buffer.alloc(0))).to.deep.equal([])
  })
})
