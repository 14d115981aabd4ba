import { expect } from 'chai'
import { guardsOf } from '../../src/blocklist/guards'
import { type LeftOut, type List, readList } from '../../src/blocklist/list/list'
import { requireNetwork } from '../../src/net/network'

const HOUR_MS = 3_600_000

describe('published lists', () => {
  const trustedProxies = [requireNetwork('203.0.113.10')]

  const lines: [line: string, networks: string[]][] = [
    ['198.51.100.7', ['198.51.100.7']],
    ['  198.51.100.0/24\r', ['198.51.100.0/24']],
    ['198.51.100.0/24 ; SBL256894', ['198.51.100.0/24']],
    ['198.51.100.7 # a scanner', ['198.51.100.7']],
    ['198.51.100.7#a scanner', ['198.51.100.7']],
    ['198.51.100.7 // a scanner', ['198.51.100.7']],
    ['198.51.100.7//a scanner', ['198.51.100.7']],
    ['198.51.100.7,scanner,3', ['198.51.100.7']],
    ['"198.51.100.7","scanner"', ['198.51.100.7']],
    ['198.51.100.7|scanner', ['198.51.100.7']],
    ['198.51.100.7\tscanner', ['198.51.100.7']],
    ['2001:DB8::/32;x', ['2001:db8::/32']],
    ['::ffff:198.51.100.7', ['198.51.100.7']],
    ['\ufeff198.51.100.7', ['198.51.100.7']],
    [
      '198.51.100.1-198.51.100.6',
      ['198.51.100.1', '198.51.100.2/31', '198.51.100.4/31', '198.51.100.6'],
    ],
    ['198.51.100.0 - 198.51.100.255', ['198.51.100.0/24']],
    ['2001:db8::-2001:db8::ffff', ['2001:db8::/112']],
    ['{"cidr":"198.51.100.0/24","sblid":"SBL1","rir":"x"}', ['198.51.100.0/24']],
    ['{"type":"metadata","records":0}', []],
    ['"198.51.100.7"', ['198.51.100.7']],
    ['["198.51.100.7", "2001:db8::/32"]', ['198.51.100.7', '2001:db8::/32']],
    ['deny 198.51.100.0/24;', ['198.51.100.0/24']],
    ['add banned 198.51.100.7 timeout 300', ['198.51.100.7']],
    ['create banned hash:net family inet hashsize 1024', []],
    ['ALL: 198.51.100.7', ['198.51.100.7']],
    ['sshd: 198.51.100.7', ['198.51.100.7']],
    ['# comment', []],
    ['; comment', []],
    ['// comment', []],
    ['   ', []],
    ['', []],
  ]
  for (const [line, networks] of lines) {
    it(`may have the line ${JSON.stringify(line)}`, async () => {
      const list = await read(line)
      expect(list.rejected).to.deep.equal({ lines: 0, first: [] })
      expect(networksIn(list)).to.deep.equal(networks)
    })
  }

  const refused = [
    'example.com',
    '198.51.100.7/24',
    '198.51.100.9-198.51.100.1',
    '198.51.100.1-::1',
    '1-2',
    '198.51.100.1-',
    '{"cidr":}',
    '{}',
    '{"asn":64496,"domain":"example.com"}',
    '010.0.0.1',
    '<html>',
    '198.51.100.1-198.51.100.2-198.51.100.3',
    '[::1]',
    '[2001:db8::1]:80',
    '198.51.100.7\u0000',
  ]
  for (const line of refused) {
    it(`may not have the line ${JSON.stringify(line)}`, async () => {
      const list = await read(`198.51.100.8\n${line}\n198.51.100.9`)
      expect(list.rejected.lines).to.equal(1)
      expect(list.rejected.first[0]).to.include({ line: 2 })
      expect(networksIn(list)).to.deep.equal(['198.51.100.8', '198.51.100.9'])
    })
  }

  it('may come in pieces of any size', async () => {
    const text =
      '198.51.100.7 # one\r\n\r\n{"cidr":"192.0.2.0/24"}\n2001:db8::/32\n[{"value":"192.0.2.9"}]'
    for (let size = 1; size < 20; size++) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      const list = await readFrom(pieces)
      expect(networksIn(list), `in pieces of ${size}`).to.deep.equal([
        '198.51.100.7',
        '192.0.2.0/24',
        '2001:db8::/32',
        '192.0.2.9',
      ])
      expect(list.rejected.lines).to.equal(0)
    }
  })

  it('may have lines of any length, and be full of blanks', async () => {
    const list = await read(
      `198.51.100.7 ${'x'.repeat(1_000_000)}\n198.51.100.8${' '.repeat(200_000)}x\n192.0.2.1`,
    )
    expect(networksIn(list)).to.deep.equal(['198.51.100.7', '198.51.100.8', '192.0.2.1'])
  })

  it("may be Spamhaus' DROP, for IPv4 and IPv6, and say themselves how long they are", async () => {
    const drop = [
      '{"cidr":"192.0.2.0/24","sblid":"SBL256894","rir":"apnic"}',
      '{"cidr":"2001:db8::/32","sblid":"SBL303641","rir":"ripencc"}',
      '{"type":"metadata","timestamp":1763700000,"size":94337,"records":2,"copyright":"(c)","terms":"x"}',
    ]
    const list = await read(drop.join('\n'))
    expect(networksIn(list)).to.deep.equal(['192.0.2.0/24', '2001:db8::/32'])
    expect(list).to.deep.include({ cutOff: undefined, rejected: { lines: 0, first: [] } })

    expect((await read(drop.slice(1).join('\n'))).cutOff).to.match(/2 records, and there are 1/)
  })

  it('go on behind a line of JSON that is broken', async () => {
    const list = await read('{"cidr":"192.0.2.0/24"}\n{"cidr":"192.0\n{"cidr":"2001:db8::/32"}\n')
    expect(networksIn(list)).to.deep.equal(['192.0.2.0/24', '2001:db8::/32'])
    expect(list.rejected.first).to.deep.equal([
      { line: 2, reason: 'This begins like JSON and is none.' },
    ])
    expect(list.cutOff).to.equal(undefined)
  })

  it('may be the CSV that cscli decisions import takes, with ends', async () => {
    const list = await read(
      [
        'duration,scope,value,reason,type',
        '24h,ip,198.51.100.7,"http, probing",ban',
        '1h30m,Range,192.0.2.0/24,ssh-bf,ban',
        '4h,country,FR,x,ban',
        '4h,ip,198.51.100.8,x,captcha',
        'soon,ip,198.51.100.9,x,ban',
      ].join('\n'),
    )
    expect(networksIn(list)).to.deep.equal(['198.51.100.7', '192.0.2.0/24'])
    expect(list.batches[0]?.reasons).to.deep.equal(['http, probing', 'ssh-bf'])
    expect(hoursLeft(list)).to.deep.equal([24, 1.5])
    expect(numbers(list.skipped)).to.deep.equal([4, 5])
    expect(list.skipped.first[0]?.reason).to.include('country')
    expect(list.skipped.first[1]?.reason).to.include('captcha')
    expect(numbers(list.rejected)).to.deep.equal([6])
  })

  it('may be what cscli decisions list -o raw prints', async () => {
    const list = await read(
      [
        'id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id',
        '276009,crowdsec,Ip:198.51.100.7,crowdsecurity/telnet-bf,ban,CN,"64496 Some, Ltd",7,2h53m59.949221341s,false,33459',
        '276008,cscli,Range:2001:db8::/32,manual,ban,,,0,-3m2s,false,33458',
        '276007,CAPI,Ip:2001:db8::7,crowdsecurity/http-probing,ban,,,0,4h,true,33457',
        '276006,crowdsec,Username:root,x,ban,,,1,4h,false,33456',
      ].join('\n'),
    )
    expect(networksIn(list)).to.deep.equal(['198.51.100.7'])
    expect(hoursLeft(list)[0]).to.be.closeTo(2.9, 0.01)
    expect(
      list.skipped.first.map(({ reason }) => reason.split(' ').slice(1, 3).join(' ')),
    ).to.deep.equal(['has ended', 'is only', 'is of'])
  })

  it('may be what cscli decisions list -o json prints, on many lines or one', async () => {
    const alerts = [
      alert('198.51.100.7', { duration: '3h59m50s', scenario: 'crowdsecurity/ssh-bf' }),
      alert('192.0.2.0/24', { duration: '4h', scope: 'Range', type: 'ban' }),
      alert('198.51.100.9', { type: 'captcha' }),
      { ...alert('198.51.100.10', {}), decisions: null },
    ]
    for (const text of [JSON.stringify(alerts), JSON.stringify(alerts, null, ' ')]) {
      const list = await read(text)
      expect(networksIn(list)).to.deep.equal(['198.51.100.7', '192.0.2.0/24'])
      expect(list.batches[0]?.reasons?.[0]).to.equal('crowdsecurity/ssh-bf')
      expect(list.skipped.lines).to.equal(1)
      expect(list.rejected.lines).to.equal(0)
      expect(list.cutOff).to.equal(undefined)
    }
  })

  it('may be the JSON that cscli decisions import takes, and a stream of decisions', async () => {
    const decisions = [{ duration: '4h', scope: 'ip', type: 'ban', value: '198.51.100.7' }]
    expect(networksIn(await read(JSON.stringify(decisions, null, 2)))).to.deep.equal([
      '198.51.100.7',
    ])

    const stream = { new: decisions, deleted: [{ ...decisions[0], value: '198.51.100.8' }] }
    expect(networksIn(await read(JSON.stringify(stream)))).to.deep.equal(['198.51.100.7'])
    expect(networksIn(await read(JSON.stringify(stream, null, 2)))).to.deep.equal(['198.51.100.7'])
  })

  it('may be an array of any length in one line, of which the end must not be missing', async () => {
    const items = Array.from({ length: 20_000 }, (_, i) => ({
      ipAddress: `198.18.${i >> 8}.${i & 255}`,
      reason: 'x',
      expiresAt: null,
    }))
    const text = JSON.stringify({ items, next: null })
    expect((await read(text)).entries).to.equal(20_000)
    const cut = await read(text.slice(0, -100))
    expect(cut.cutOff).to.equal('it ends in the middle of its JSON')
    expect(cut.entries).to.be.within(19_990, 19_999)
  })

  it('are named line by line where they cannot be used or a guard objects, up to twenty', async () => {
    const bad = Array.from({ length: 30 }, (_, i) => `nonsense ${i}`)
    const list = await read(
      ['198.51.100.7', '127.0.0.0/8', '203.0.113.0/24', '0.0.0.0-255.255.255.255', ...bad].join(
        '\n',
      ),
    )
    expect(networksIn(list)).to.deep.equal(['198.51.100.7'])
    expect(list.rejected.lines).to.equal(33)
    expect(list.rejected.first).to.have.length(20)
    const reasons = list.rejected.first.map(({ reason }) => reason)
    expect(reasons[0]).to.include('loopback')
    expect(reasons[1]).to.include('trusted proxy')
    expect(reasons[2]).to.include('whole IPv4 Internet')
    expect(reasons[3]).to.include('"nonsense"')
  })

  it('are taken whole when that is forced, and the overruled guards named', async () => {
    const list = await readFrom(['127.0.0.0/8\n'], true)
    expect(networksIn(list)).to.deep.equal(['127.0.0.0/8'])
    expect(list.forced.first[0]?.reason).to.include('loopback')
  })

  it('may have lines of a table without an address in them', async () => {
    const list = await read('ip,comment\n\n# nothing\n198.51.100.7,x\n,y\n')
    expect(networksIn(list)).to.deep.equal(['198.51.100.7'])
    expect(numbers(list.rejected)).to.deep.equal([5])
  })

  function read(text: string): Promise<List> {
    return readFrom([text])
  }

  function readFrom(pieces: string[], force = false): Promise<List> {
    const guards = guardsOf({ trustedProxies, own: [] })
    return readList(
      (async function* () {
        yield* pieces
      })(),
      { guards, force },
    )
  }

  function alert(value: string, decision: object) {
    return {
      capacity: 5,
      created_at: '2026-11-21T05:00:00Z',
      decisions: [
        {
          duration: '4h',
          id: 1,
          origin: 'crowdsec',
          scope: 'Ip',
          simulated: false,
          type: 'ban',
          value,
          ...decision,
        },
      ],
      events: [{ meta: [{ key: 'source_ip', value: '192.0.2.200' }], timestamp: 'x' }],
      source: { as_name: 'x', cn: 'FR', ip: '192.0.2.201', scope: 'Ip', value: '192.0.2.201' },
    }
  }

  function networksIn({ batches }: List): string[] {
    return batches.flatMap(({ networks }) => networks.slice(1, -1).split(','))
  }

  function hoursLeft({ batches }: List): number[] {
    const ends = batches[0]?.ends?.slice(1, -1).split(',') ?? []
    return ends.map((end) => Math.round(((Number(end) * 1_000 - Date.now()) / HOUR_MS) * 100) / 100)
  }

  function numbers({ first }: LeftOut): number[] {
    return first.map(({ line }) => line)
  }
})
