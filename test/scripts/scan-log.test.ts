import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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

  it('lists every address and hour for programs that want to judge it', async () => {
    const input = [...busy, ...other].join('\n')
    const { stdout } = await runScript('scan-log', ['-', '--json', '--all'], {}, input)
    const { findings } = JSON.parse(stdout) as { findings: { address: string; flagged: boolean }[] }
    expect(findings.map(({ address, flagged }) => [address, flagged])).to.deep.equal([
      ['192.0.2.1', false],
      ['192.0.2.66', true],
      ['192.0.2.2', true],
    ])
    const { incident, ...rest } = findings[0] as { incident?: string; address: string }
    expect(incident).to.match(/^[0-9a-z]{10}$/)
    expect(rest).to.have.keys('address', 'window', 'risk', 'severity', 'flagged', 'reasons')
  })

  it('learns from older logs what is usual', async () => {
    const day = (date: string, clients: number, requests: number, agent: string) =>
      Array.from({ length: clients }, (_, client) =>
        Array.from({ length: requests + (client % 7) }, (_, nth) =>
          line(`198.51.100.${client}`, `10:${nth + 10}:00`, `/articles/${nth}`)
            .replace('01/', date)
            .replace(AGENT, agent),
        ),
      ).flat()
    const older = await write('older.log', day('01/', 60, 3, AGENT).join('\n'))
    const today = await write('today.log', day('02/', 3, 40, 'curl/8.14').join('\n'))
    const alone = await runScript('scan-log', [today, '--json', '--all'])
    const learned = await runScript('scan-log', [today, '--json', '--all', '--baseline', older])
    const worst = ({ stdout }: { stdout: string }) =>
      Math.max(...JSON.parse(stdout).findings.map(({ risk }: { risk: number }) => risk))
    expect(worst(learned), learned.stderr).to.be.above(worst(alone))
    expect(JSON.parse(learned.stdout).lines.read).to.equal(123)
  })

  it('writes a report that shows what attackers sent as text', async () => {
    const report = path.join(folder, 'report.html')
    const attack = line('192.0.2.9', '10:00:00', '/admin/<script>alert(1)</script>')
    const file = await write('attack.log', [...busy, ...other, attack].join('\n'))
    const { code, stdout } = await runScript('scan-log', [file, '--html', report])
    expect(code).to.equal(0)
    expect(stdout).to.contain(`The report is in ${report}`)
    const page = await readFile(report, 'utf8')
    expect(page).to.contain('3 addresses would be flagged')
    expect(page).to.contain('/admin/&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).to.contain('no line of a log')
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
    expect((await runScript('scan-log', ['-', '--all'])).stderr).to.contain('--all needs --json')
    const nowhere = ['-', '--html', path.join(folder, 'absent/report.html')]
    expect((await runScript('scan-log', nowhere)).code).to.equal(2)
  })

  it('names the file whose gzip is torn', async () => {
    const torn = await write('torn.gz', gzipSync(busy.join('\n')).subarray(0, -9))
    const { code: failed, stderr: why } = await runScript('scan-log', [torn])
    expect(failed).to.equal(1)
    expect(why).to.match(/torn\.gz: the gzip data is broken or cut off/)
  })
})
