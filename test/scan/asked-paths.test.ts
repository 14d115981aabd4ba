import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import type { LogEntry } from '../../src/request-log/entry'
import { AskedPaths, keyOf } from '../../src/scan/asked-paths'

const HOUR = Date.UTC(2026, 2, 1, 10)

function entry(address: string, time: string, path: string, status = 404): LogEntry {
  const line = `${address} - - [01/Mar/2026:${time} +0000] "GET ${path} HTTP/1.1" ${status} 5`
  return anyFormat()(line) as LogEntry
}

describe('what flagged addresses asked for', () => {
  it('is counted for them alone, and in the hours in which they were flagged', () => {
    const paths = new AskedPaths(new Set([keyOf('192.0.2.1', HOUR), keyOf('192.0.2.2', HOUR)]))
    paths.add([
      entry('192.0.2.1', '10:00:00', '/.env'),
      entry('192.0.2.2', '10:59:59', '/.env', 200),
      entry('192.0.2.1', '10:30:00', '/a'),
      entry('192.0.2.1', '11:00:00', '/later'),
      entry('192.0.2.3', '10:00:00', '/other'),
    ])
    expect(paths.top(10)).to.deep.equal([
      { path: '/.env', requests: 2, missed: 1, addresses: 2 },
      { path: '/a', requests: 1, missed: 1, addresses: 1 },
    ])
    expect(paths.top(1)).to.have.length(1)
  })
})
