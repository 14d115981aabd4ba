import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { runScript } from '../support/script'

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

function line(address: string, time: string, path: string, status = 200): string {
  return `${address} - - [01/Mar/2026:${time} +0000] "GET ${path} HTTP/1.1" ${status} 512 "-" "${AGENT}"`
}

describe('scan-log.ts', () => {
  let folder: string
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(path.join(folder, name), content)
    return path.join(folder, name)
  }
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-scan-'))
  })
  after(() => rm(folder, { recursive: true }))

  const busy = Array.from({ length: 101 }, () => line('192.0.2.66', '10:05:00', '/'))
  const other = [
    line('192.0.2.1', '10:00:00', '/'),
    'no line of a log',
    line('192.0.2.2', '11:00:00', '/%61dmin'),
  ]

  it('tells who would be flagged and why, from several files', async () => {
    const files = [
      await write('plain.log', busy.slice(0, 50).join('\n')),
      await write('packed.log.gz', gzipSync([...other, ...busy.slice(50)].join('\n'))),
    ]
    const { code, stdout, stderr } = await runScript('scan-log', files)
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(
      /2026-03-01T10h {2}192\.0\.2\.66 .* low .*101 requests in this hour; the limit is 100/,
    )
    expect(stdout).to.match(
      /2026-03-01T11h {2}192\.0\.2\.2 .* asked for \/admin once \(sensitive\)/,
    )
    expect(stdout).to.contain('103 lines accepted, 1 rejected.')
  })

  it('prints one document for programs', async () => {
    const input = [...busy, ...other].join('\n')
    const { code, stdout } = await runScript('scan-log', ['-', '--json'], {}, input)
    expect(code).to.equal(0)
    const { findings, campaigns, lines } = JSON.parse(stdout)
    expect(lines).to.deep.equal({ read: 104, accepted: 103, rejected: 1 })
    expect(campaigns).to.deep.equal([])
    expect(findings).to.have.length(2)
    expect(findings[0]).to.deep.include({
      address: '192.0.2.66',
      window: '2026-03-01T10:00:00.000Z',
      severity: 'low',
      flagged: true,
    })
    expect(findings[0].reasons[0]).to.deep.include({ kind: 'rule' })
  })

  it('obeys the settings', async () => {
    const env = { MAX_REQUESTS_PER_HOUR: '101', SENSITIVE_PATHS: '/private' }
    const { stdout } = await runScript('scan-log', ['-'], env, [...busy, ...other].join('\n'))
    expect(stdout).to.contain('Nobody would be worth a look.')
  })

  it('says when it cannot work', async () => {
    expect((await runScript('scan-log', [])).code).to.equal(2)
    const { code, stderr } = await runScript('scan-log', [path.join(folder, 'absent.log')])
    expect(code).to.equal(2)
    expect(stderr).to.contain('absent.log cannot be read')
    expect((await runScript('scan-log', [folder])).code).to.equal(2)
  })
})
