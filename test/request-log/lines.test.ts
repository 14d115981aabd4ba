import { expect } from 'chai'
import { seededRandom } from '../../src/detection/learned/random'
import { entryOf, type LogEntry } from '../../src/request-log/entry'
import { Lines } from '../../src/request-log/lines'
import { sanitise, sanitisePath } from '../../src/request-log/sanitise'
import { lineOf, seen } from '../support/request-log'

const TEXTS = [
  '',
  'curl/8',
  'a"b\\c',
  '\n\x00\x1b[1m',
  'grüße',
  '\ud800',
  '日本'.repeat(900),
  '~ !',
]
const NUMBERS = [null, 0, 7, 10, 200, 65_535, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1]

/** The same line, made by way of an object. */
function stringified(entry: LogEntry): string {
  const { address, timestamp, method, path, query, status, durationMs, bytes } = entry
  const { userAgent, account, source, refusal, optedOut, hasReferer } = entry
  const fields: unknown[] = [
    address,
    timestamp,
    sanitise(method, 32),
    sanitisePath(path, 2_048),
    sanitise(query, 2_048),
    status,
    durationMs === null ? null : Math.round(durationMs * 1_000),
    bytes,
    sanitise(userAgent, 2_048),
    account === null ? null : sanitise(account, 256),
    source,
  ]
  const says = optedOut || hasReferer !== undefined
  if (refusal || says) fields.push(refusal ?? null)
  if (says) fields.push(optedOut === true)
  if (hasReferer !== undefined) fields.push(hasReferer ? 1 : 0)
  return `${JSON.stringify(fields)}\n`
}

describe('the lines of a spool', () => {
  it('are what JSON makes of their entries, whatever these hold', () => {
    const random = seededRandom(4)
    const one = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!
    const entries = Array.from({ length: 2_000 }, () =>
      seen({
        timestamp: Math.floor(random() * 2 ** one([1, 31, 42])),
        method: one(TEXTS),
        path: `/${one(TEXTS)}`,
        query: one(TEXTS),
        status: one(NUMBERS),
        durationMs: one([null, random(), 1_000 * random(), 1e8 * random()]),
        bytes: one(NUMBERS),
        userAgent: one(TEXTS).repeat(one([1, 1, 50])),
        account: one([null, ...TEXTS]),
        refusal: one([undefined, undefined, '{"reason":"\\"ä\\""}']),
        optedOut: one([undefined, false, true]),
        hasReferer: one([undefined, false, true]),
      }),
    )
    const expected = entries.map(stringified)
    expect(entries.map(lineOf)).to.deep.equal(expected)
    expect(Lines.of(entries).toString()).to.equal(expected.join(''))
  })

  it('are whole wherever in their memory they end', () => {
    for (let length = 1; length <= 2_048; length += 7) {
      const entries = Array.from({ length: 20 }, (_, nth) =>
        seen({
          path: `/${'日'.repeat(length / 3)}`,
          userAgent: 'a'.repeat(length),
          timestamp: nth,
        }),
      )
      expect(Lines.of(entries).toString()).to.equal(entries.map(stringified).join(''))
    }
  })

  it('tell their size in bytes and their number, and begin anew in the same memory', () => {
    const lines = Lines.of([seen({ userAgent: 'grüße' }), seen()])
    expect(lines.size).to.equal(Buffer.byteLength(lines.toString()))
    expect(lines.records).to.equal(2)

    const { bytes } = lines
    lines.clear()
    lines.add(seen({ path: '/next' }))
    expect(lines.bytes).to.equal(bytes)
    expect(lines.records).to.equal(1)
    expect(entryOf(lines.toString().trimEnd()).path).to.equal('/next')
  })
})
