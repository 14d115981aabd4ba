import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { readConfig } from '../../src/config'
import { ADDRESSES, NETWORKS, REFUSED, REFUSED_NETWORKS } from '../net/address-cases'
import { runScript } from '../support/script'
import { startTestService, type TestService } from '../support/service'

const NO_NETWORKS = [...REFUSED, ...REFUSED_NETWORKS].map(([text]) => text)
const NO_ADDRESSES = [...NO_NETWORKS, ...NETWORKS.map(([text]) => text)]
/** Longer than node takes in a request's first line. */
const SENDABLE = (text: string) => text.length < 5_000

describe('an address or a network has one form, wherever it is written', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService()
    await service.database.clean()
    key = await service.key('admin', 'check', 'ingest', 'bouncer')
    // What is blocked below holds everybody, but allowed networks win.
    await post('/admin/api/allowed', { ipAddress: '127.0.0.1' })
  })
  after(() => service.stop())

  /** Sends a text to a surface; what it was understood as, or the sentence of the refusal. */
  type Surface = (text: string) => Promise<{ is?: unknown; refused?: string }>

  async function read(answer: Response, pick: (body: never) => unknown) {
    const body = (await answer.json()) as { detail: string; code: string }
    if (answer.ok) return { is: pick(body as never) }
    expect(answer.status, body.detail).to.equal(400)
    expect(body.code).to.equal('invalid_address')
    return { refused: body.detail }
  }
  const get = (url: string) => service.send(url, { key })
  const post = (url: string, json: unknown) => service.send(url, { method: 'POST', json, key })

  const forAddresses: Record<string, Surface> = {
    'GET /v1/check/…': async (text) => {
      return read(await get(`/v1/check/${encode(text)}`), ({ ipAddress }) => ipAddress)
    },
    'POST /v1/check': async (ip) => {
      const visit = { ip, method: 'GET', path: '/' }
      return read(await post('/v1/check', visit), ({ ipAddress }) => ipAddress)
    },
    'GET /v1/decisions?ip=': async (text) => {
      return read(await get(`/v1/decisions?ip=${encode(text)}`), () => undefined)
    },
    'GET /admin/api/addresses/…': async (text) => {
      return read(await get(`/admin/api/addresses/${encode(text)}`), ({ ipAddress }) => ipAddress)
    },
    'POST /v1/ingest, records': async (ip) => {
      const record = {
        ip,
        timestamp: new Date().toISOString(),
        method: 'GET',
        path: '/',
        status: 200,
      }
      const body = (await (await post('/v1/ingest', [record])).json()) as Counts
      return body.accepted === 1 ? {} : { refused: body.firstRejected[0]!.reason }
    },
  }
  const forNetworks: Record<string, Surface> = {
    'POST /admin/api/blocks': async (ipAddress) => {
      return read(await post('/admin/api/blocks', { ipAddress, force: true }), (block) => {
        return (block as { ipAddress: string }).ipAddress
      })
    },
    'POST /admin/api/allowed': async (ipAddress) => {
      return read(await post('/admin/api/allowed', { ipAddress }), (allowed) => {
        return (allowed as { ipAddress: string }).ipAddress
      })
    },
    'GET /admin/api/blocks?ip=': async (text) => {
      return read(await get(`/admin/api/blocks?ip=${encode(text)}`), () => undefined)
    },
    'GET /admin/api/requests?ip=': async (text) => {
      return read(await get(`/admin/api/requests?ip=${encode(text)}`), () => undefined)
    },
    'GET /admin/api/suspicious?ip=': async (text) => {
      return read(await get(`/admin/api/suspicious?ip=${encode(text)}`), () => undefined)
    },
    'DELETE /admin/api/blocks?ipAddress=': async (text) => {
      const url = `/admin/api/blocks?ipAddress=${encode(text)}`
      const answer = await service.send(url, { method: 'DELETE', key })
      return answer.status === 204 || answer.status === 404 ? {} : read(answer, () => undefined)
    },
    TRUSTED_PROXIES: async (text) => {
      try {
        const { trustedProxies } = readConfig({ TRUSTED_PROXIES: text })
        return { is: trustedProxies[0] }
      } catch (error) {
        return { refused: (error as Error).message }
      }
    },
  }

  for (const [surface, ask] of Object.entries(forAddresses)) {
    it(`${surface} takes every address in every spelling, and nothing else`, async () => {
      for (const [text, canonical] of ADDRESSES) {
        const { is = canonical, refused } = await ask(text)
        expect(refused, text).to.equal(undefined)
        expect(is, text).to.equal(canonical)
      }
      await inTurns(NO_ADDRESSES.filter(SENDABLE), async (text) => {
        // In a URL nothing, and a dot, name another route.
        if (/^\.?$/.test(text) && surface.endsWith('…')) return
        expect((await ask(text)).refused, JSON.stringify(text)).to.match(
          /(?:"|not shown\)):? .{10,}[^.]\.$/u,
        )
      })
    })
  }

  for (const [surface, ask] of Object.entries(forNetworks)) {
    it(`${surface} takes every network in every spelling, and nothing else`, async () => {
      for (const [text, canonical] of [...ADDRESSES, ...NETWORKS]) {
        const { is = canonical, refused } = await ask(text)
        expect(refused, text).to.equal(undefined)
        expect(is, text).to.equal(canonical)
      }
      await inTurns(NO_NETWORKS.filter(SENDABLE), async (text) => {
        // A list of settings may have blanks around it, have several entries, and be empty.
        if (surface === 'TRUSTED_PROXIES' && /^[ \t\r\n]|[ \t\r\n]$|,|^$/.test(text)) return
        expect((await ask(text)).refused, JSON.stringify(text)).to.match(
          /(?:"|not shown\)):? .{10,}[^.]\.$/u,
        )
      })
    })
  }

  it('the lists show nothing but the one form', async () => {
    for (const list of ['/admin/api/blocks', '/admin/api/allowed']) {
      const { items } = (await (await get(`${list}?limit=500`)).json()) as {
        items: { ipAddress: string }[]
      }
      const shown = items.map(({ ipAddress }) => ipAddress)
      const canonical = [...ADDRESSES, ...NETWORKS].map(([, canonical]) => canonical)
      expect(shown).to.have.members(list.endsWith('allowed') ? [...new Set(canonical)] : [])
    }
  })

  it('access logs: a line without an address costs no other, and is named with its reason', async () => {
    const line = (address: string) =>
      `${address} - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5`
    // What has a comma is a list, of which the last address counts.
    const bad = NO_ADDRESSES.filter((text) => /^[^\s\0,]+$/.test(text) && SENDABLE(text))
    const good = ADDRESSES.map(([text]) => text)
    const body = [...bad, ...good].map(line).join('\n')
    const headers = { 'content-type': 'text/plain' }
    const answer = await service.send('/v1/ingest', { method: 'POST', body, key, headers })
    const counts = (await answer.json()) as Counts
    expect(counts).to.include({ accepted: good.length, rejected: bad.length })
    expect(counts.firstRejected[0]!.reason).to.match(/^does not begin with an address: "/)
  })

  it('scripts end with 2 and the sentence', async () => {
    const env = { DATABASE_URL: service.database.url, DATA_DIR: service.dataDir }
    for (const [script, text] of [
      ['block-ip', '010.0.0.1'],
      ['block-ip', '192.0.2.7/24'],
      ['unblock-ip', '0x7f.1'],
      ['allow-ip', '\u001b[31m192.0.2.1'],
    ] as const) {
      const { code, stdout, stderr } = await runScript(script, [text], env)
      expect({ code, stdout }, stderr).to.deep.equal({ code: 2, stdout: '' })
      expect(stderr).to.match(/^".*" [ -~]{10,}\.\n$/)
    }
    const shown = await runScript('allow-ip', ['::ffff:C000:0209', '--json'], env)
    expect(JSON.parse(shown.stdout).ipAddress).to.equal('192.0.2.9')
  })

  it('imported lists: every network in every spelling, and no line that is none', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-list-'))
    const file = path.join(folder, 'list.txt')
    // Left out here: of a line only the first word counts, whose quotes are those of CSV; ranges
    // are taken apart; a bracket begins JSON.
    const isOther = (text: string) => /[\s,;#|"-]|\/\/|^\[|^\ufeff|^$/.test(text)
    const bad = NO_NETWORKS.filter((text) => !isOther(text) && SENDABLE(text))
    const good = [...ADDRESSES, ...NETWORKS].map(([text]) => text)
    await writeFile(file, [...bad, ...good].join('\n'))
    const env = { DATABASE_URL: service.database.url, DATA_DIR: service.dataDir }
    const args = [file, '--source', 'cases', '--force', '--dry-run', '--json']
    const { code, stdout, stderr } = await runScript('import-blocklist', args, env)
    await rm(folder, { recursive: true })

    expect(code, stderr).to.equal(0)
    const { added, kept, rejected } = JSON.parse(stdout)
    expect(rejected.lines).to.equal(bad.length)
    expect(added + kept).to.equal(
      new Set([...ADDRESSES, ...NETWORKS].map(([, canonical]) => canonical)).size,
    )
  })
})

interface Counts {
  accepted: number
  rejected: number
  firstRejected: { reason: string }[]
}

/** Percent-encoded byte by byte, also what has no UTF-8. */
function encode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

async function inTurns(texts: string[], ask: (text: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < texts.length; start += 20) {
    await Promise.all(texts.slice(start, start + 20).map(ask))
  }
}
