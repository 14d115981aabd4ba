import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { exporter, FORMATS } from '../../src/blocklist/export'
import { type Block, Snapshot } from '../../src/blocklist/snapshot'
import { requireAddress } from '../../src/net/address'
import { networkOf, requireNetwork } from '../../src/net/network'
import { networkWithout } from '../../src/net/range'
import { nginxConf, requireNginx, startNginx } from '../support/nginx'
import { freePort } from '../support/port'
import { testFolder } from '../support/request-log'
import { skipLoudly } from '../support/skipped'

const run = promisify(execFile)

const BLOCKED = [
  '192.0.2.0/24',
  '192.0.2.0',
  '192.0.2.7',
  '192.0.2.64/26',
  '198.51.100.0/25',
  '198.51.100.0/24',
  '203.0.113.5',
  '2001:db8::/32',
  '2001:db8:1::/48',
  '2001:db8:1::7',
  '2001:db8:ffff:ffff::/64',
]
const ALLOWED = ['192.0.2.128/25', '192.0.2.7', '2001:db8:1:2::/64']
const REFUSED = [
  '192.0.2.1',
  '192.0.2.65',
  '198.51.100.200',
  '203.0.113.5',
  '2001:db8::1',
  '2001:db8:1:3::1',
]
const SERVED = [
  '192.0.2.7',
  '192.0.2.200',
  '203.0.113.6',
  '2001:db8:1:2::9',
  '2001:db9::1',
  '198.18.0.1',
]

/** A network of its own for everybody; what is sent to the kernel is limited there. */
const UNPRIVILEGED = ['unshare', '-rn']

describe('exports of the blocklist', () => {
  const folder = testFolder()
  after(() => folder.remove())

  it('are told of a block with allowed networks in it as what is around them', async () => {
    const text = await exported(
      'txt',
      ['192.0.2.0/28', '198.51.100.1'],
      ['192.0.2.3', '192.0.2.8/29'],
    )
    expect(text).to.equal('192.0.2.0/31\n192.0.2.2\n192.0.2.4/30\n198.51.100.1\n')
    const [first] = JSON.parse(await exported('json', ['192.0.2.0/31'], ['192.0.2.1'])).items
    expect(first).to.deep.equal({
      ipAddress: '192.0.2.0',
      reason: 'x',
      source: 'person',
      expiresAt: null,
    })
  })

  it('leave out what has ended', async () => {
    const blocks = [
      blockOf('192.0.2.1', new Date(Date.now() - 1)),
      blockOf('192.0.2.2', new Date(Date.now() + 60_000)),
    ]
    const list = listOf(Snapshot.of(blocks, []))
    for (const format of Object.values(FORMATS)) {
      const text = Buffer.concat((await exporter(format, list)()).pieces).toString()
      expect(text).to.include('192.0.2.2').and.not.include('192.0.2.1')
    }
  })

  it('have one name for one content', async () => {
    const etag = async (...blocked: string[]) => (await make('txt', blocked, [])).etag
    expect(await etag('192.0.2.1')).to.equal(await etag('192.0.2.1'))
    expect(await etag('192.0.2.1')).to.not.equal(await etag('192.0.2.2'))
  })

  it('let other requests be served while they are made', async () => {
    const many = manyNetworks(50_000)
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await make('nft', many, [])
    clearInterval(timer)
    expect(turns).to.be.greaterThan(10)
  })

  describe('what is left of a network without others', () => {
    it('is every address of it but theirs', () => {
      for (let round = 0; round < 200; round++) {
        const network = networkOf(requireAddress('192.0.2.0'), 24)
        const holes = Array.from({ length: randomInt(4) }, () =>
          networkOf(requireAddress(`192.0.2.${randomInt(256)}`), 24 + randomInt(9)),
        )
        const left = networkWithout(network, holes)
        for (let last = 0; last < 256; last++) {
          const address = requireNetwork(`192.0.2.${last}`)
          const inHole = holes.some((hole) => contains(hole, last))
          const matches = left.filter((one) => contains(one, last)).length
          expect(matches, `${address} of ${left} without ${holes}`).to.equal(inHole ? 0 : 1)
        }
      }
    })

    function contains(network: string, last: number): boolean {
      const [address = '', prefix = '32'] = network.split('/')
      const first = Number(address.split('.')[3])
      return last >= first && last < first + 2 ** (32 - Number(prefix))
    }
  })

  describe('for nginx', () => {
    const blockedBy = (list: string) => `geo $http_x_ip $blocked { include ${list}; }\n`

    before(function () {
      requireNginx(this)
    })

    it('say of every address what the service says', async () => {
      const port = await freePort()
      const config = await write('nginx', BLOCKED, ALLOWED)
      const url = `http://127.0.0.1:${port}/`
      const server = `server { listen 127.0.0.1:${port}; location / { return 200 $blocked; } }`
      const nginx = await startNginx(blockedBy(config) + server, url)
      const ask = async (ip: string) => {
        return (await fetch(url, { headers: { 'x-ip': ip } })).text()
      }
      try {
        for (const ip of REFUSED) expect(await ask(ip), ip).to.equal('1')
        for (const ip of SERVED) expect(await ask(ip), ip).to.equal('0')
      } finally {
        await nginx.stop()
      }
    })

    for (const [name, count] of [
      ['nothing', 0],
      ['100,000 networks', 100_000],
    ] as const) {
      it(`are understood with ${name} in them`, async () => {
        const config = await write('nginx', manyNetworks(count), [])
        const conf = path.join(folder.path, 'test.conf')
        fs.writeFileSync(conf, nginxConf(folder.path, blockedBy(config)))
        const { stderr } = await run('nginx', ['-t', '-p', folder.path, '-c', conf])
        expect(stderr).to.include('test is successful')
      })
    }
  })

  describe('for nftables', () => {
    /** What runs a command in a network of its own, as far as this machine lets anybody. */
    let alone: string[]

    before(async function () {
      await run('nft', ['--version']).catch(() => skipLoudly(this, 'there is no nft on the PATH'))
      const ways = [['unshare', '-n'], ['sudo', '-n', 'unshare', '-n'], [...UNPRIVILEGED]]
      for (const way of ways) {
        const works = await inNetwork(way, 'nft add table inet x').then(
          () => true,
          () => false,
        )
        if (works) {
          alone = way
          return
        }
      }
      skipLoudly(this, 'this kernel does not let nft have a network of its own')
    })

    it('hold every address that the service refuses, and no other', async () => {
      const script = await write('nft', BLOCKED, ALLOWED)
      const asked = [...REFUSED, ...SERVED].map((ip) => {
        const set = `blocked${ip.includes(':') ? 6 : 4}`
        return `nft get element inet portcullis ${set} '{ ${ip} }' >/dev/null 2>&1 && echo ${ip}`
      })
      const { stdout } = await inNetwork(alone, [`nft -f ${script}`, ...asked, 'true'].join('\n'))
      expect(stdout.trim().split('\n')).to.deep.equal(REFUSED)
    })

    it('take the place of the list before, and leave the rules of others alone', async () => {
      const first = await write('nft', ['192.0.2.1', '2001:db8::1'], [])
      const second = await write('nft', ['192.0.2.2'], [])
      const commands = [
        `nft -f ${first}`,
        "nft add chain inet portcullis input '{ type filter hook input priority -10; }'",
        'nft add rule inet portcullis input ip saddr @blocked4 drop',
        `nft -f ${second}`,
        'nft list table inet portcullis',
      ]
      const { stdout } = await inNetwork(alone, commands.join('\n'))
      expect(stdout).to.include('192.0.2.2').and.to.include('ip saddr @blocked4 drop')
      expect(stdout).to.not.include('192.0.2.1').and.not.include('2001:db8::1')
    })

    for (const [name, count] of [
      ['nothing', 0],
      ['100,000 networks', 100_000],
    ] as const) {
      it(`are understood with ${name} in them`, async function () {
        if (count > 0 && alone.join() === UNPRIVILEGED.join()) {
          skipLoudly(this, 'only root may hand the kernel so much at once')
        }
        await inNetwork(alone, `nft -c -f ${await write('nft', manyNetworks(count), [])}`)
      })
    }

    function inNetwork(way: string[], commands: string) {
      const [program = '', ...args] = [...way, 'sh', '-ec', commands]
      return run(program, args)
    }
  })

  async function write(format: keyof typeof FORMATS, blocked: string[], allowed: string[]) {
    const file = path.join(folder.path, `list-${randomInt(1e9)}.${format}`)
    fs.writeFileSync(file, await exported(format, blocked, allowed))
    return file
  }

  async function exported(format: keyof typeof FORMATS, blocked: string[], allowed: string[]) {
    return Buffer.concat((await make(format, blocked, allowed)).pieces).toString()
  }

  function make(format: keyof typeof FORMATS, blocked: string[], allowed: string[]) {
    const blocks = blocked.map((network) => blockOf(network, null))
    return exporter(FORMATS[format], listOf(Snapshot.of(blocks, allowed.map(requireNetwork))))()
  }

  function listOf(snapshot: Snapshot) {
    return { blocks: () => snapshot.blocks(Date.now()), allowed: () => snapshot.allowedNetworks() }
  }

  function blockOf(network: string, expiresAt: Date | null): Block {
    return {
      ipAddress: requireNetwork(network),
      reason: 'x',
      source: 'person',
      sourceName: null,
      expiresAt,
    }
  }

  /** Addresses and networks of both families, some in others. */
  function manyNetworks(count: number): string[] {
    const networks = Array.from({ length: count }, (_, i) => {
      const a = `${11 + (i % 80)}.${(i >> 8) & 255}.${i & 255}`
      if (i % 10 === 9) return `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::/64`
      return i % 7 === 0 ? `${a}.0/24` : `${a}.${(i * 37) & 255}`
    })
    return [...new Set(networks)]
  }
})
