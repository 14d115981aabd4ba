import { expect } from 'chai'
import { entryOf, type LogEntry, senderIn, senderOf } from '../../src/request-log/entry'
import { lineOf, seen } from '../support/request-log'

describe('the line of a record', () => {
  const refusal = JSON.stringify({ incident: '1', reason: 'said ",true,0]"' })
  const kinds: Partial<LogEntry>[] = [
    {},
    { refusal },
    { optedOut: true },
    { hasReferer: true },
  ].flatMap((first) => [
    first,
    { ...first, hasReferer: false },
    { ...first, refusal, optedOut: true },
  ])

  it('is read as what was written, whatever it has', () => {
    for (const kind of kinds) {
      const entry = seen({ refusal: undefined, optedOut: false, hasReferer: undefined, ...kind })
      expect(entryOf(lineOf(entry).trimEnd())).to.deep.equal(entry)
    }
  })

  it('tells its sender, and whether they opted out, without being read', () => {
    for (const kind of kinds) {
      const entry = seen({ userAgent: ',true]', account: ',true,1]', ...kind })
      const sender = { text: entry.address, optedOut: entry.optedOut ?? false }
      const line = lineOf(entry).trimEnd()
      expect(senderOf(line)).to.deep.equal(sender)

      const among = Buffer.from(`,true]\n${line}\n["198.51.100.8",true]`)
      expect(senderIn(among, 7, 7 + Buffer.byteLength(line))).to.deep.equal(sender)
    }
  })

  it('is not repeated in the error when it cannot be read', () => {
    expect(() => entryOf('["192.0.2.7",NaN]')).to.throw(
      SyntaxError,
      /^not a record: it is not JSON$/,
    )
  })

  it('may be one of an earlier version', () => {
    const start = '["192.0.2.7",1,"GET","/","",200,1500,512,"curl/8",null,"service"'
    expect(entryOf(`${start}]`)).to.include({ optedOut: false, hasReferer: undefined })
    expect(entryOf(`${start},null,true]`)).to.include({ optedOut: true, hasReferer: undefined })
    expect(entryOf(`${start},"{}"]`)).to.include({ refusal: '{}', optedOut: false })
  })
})
