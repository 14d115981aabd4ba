import { expect } from 'chai'
import fc from 'fast-check'
import { requestPath, sensitivePaths, splitTarget } from '../../src/net/request-path'
import { HARMLESS, SENSITIVE } from './request-path-cases'

describe('request paths', () => {
  const canonical: [target: string, path: string][] = [
    ['/', '/'],
    ['', '/'],
    ['/blog/2015.html', '/blog/2015.html'],
    ['/Blog/', '/blog'],
    ['/a?b=/admin', '/a'],
    ['/a#/admin', '/a'],
    ['/a///b', '/a/b'],
    ['/admin/..', '/'],
    ['/a/...', '/a/...'],
    ['/.well-known/security.txt', '/.well-known/security.txt'],
    ['/a./b%20/c.%20', '/a/b/c'],
    ['/%2561dmin', '/%61dmin'],
    ['/admin%3fx', '/admin?x'],
    ['/admin%2fusers', '/admin/users'],
    ['/admin;jsessionid=1/users', '/admin/users'],
    ['/caf%C3%A9', '/café'],
    ['/%u0063af%u00e9', '/café'],
    ['/%ff%61', '/%ffa'],
    ['/%c0%afadmin', '/%c0%afadmin'],
    ['/%', '/%'],
    ['/%zz/%4', '/%zz/%4'],
    ['HTTPS://user@example.com:8080//admin', '/admin'],
    ['http://example.com', '/'],
    ['admin', '/admin'],
    ['*', '/*'],
    ['example.com:443', '/example.com:443'],
  ]
  for (const [target, path] of canonical) {
    it(`reads ${JSON.stringify(target)} as ${path}`, () =>
      expect(requestPath(target)).to.equal(path))
  }

  const isAdmin = sensitivePaths(['/admin'])
  for (const { why, targets } of SENSITIVE) {
    it(`finds /admin in ${targets.length} targets: ${why}`, () => {
      for (const target of targets) expect(isAdmin(target), JSON.stringify(target)).to.equal(true)
    })
  }
  for (const { why, targets } of HARMLESS) {
    it(`finds no /admin in ${targets.length} targets: ${why}`, () => {
      for (const target of targets) expect(isAdmin(target), JSON.stringify(target)).to.equal(false)
    })
  }

  it('knows prefixes in any spelling, too', () => {
    const isSensitive = sensitivePaths(['/Login/', 'wp-admin/', '/a/./b'])
    for (const target of ['/login?x', '/wp-admin', '/a//b/c']) {
      expect(isSensitive(target), target).to.equal(true)
    }
    for (const target of ['/logins', '/wp', '/a', '/a/bc']) {
      expect(isSensitive(target), target).to.equal(false)
    }
    expect(sensitivePaths(['/'])('/anything')).to.equal(true)
    expect(sensitivePaths([])('/admin')).to.equal(false)
  })

  it('splits a target without changing its parts', () => {
    expect(splitTarget('/A%20b//c?d=%20?e#f')).to.deep.equal({
      path: '/A%20b//c',
      query: 'd=%20?e',
    })
    expect(splitTarget('http://example.com?x')).to.deep.equal({ path: '/', query: 'x' })
  })

  const nasty = fc.string({
    unit: fc.constantFrom(...'/\\.;%2eEfF05cCuU?#:\0aA \t'),
    maxLength: 40,
  })
  const anything = fc.oneof(nasty, fc.string({ unit: 'binary' }))

  it('has an answer for everything, without dot segments or double slashes', () => {
    fc.assert(
      fc.property(anything, (target) => {
        expect(requestPath(target)).to.match(/^\//)
        expect(requestPath(target)).to.not.match(/\/\/|\/\.{1,2}(?:\/|$)|[\\;\0]/)
      }),
      { numRuns: 5_000 },
    )
  })

  it('is the same when read again, as long as nothing is left to decode', () => {
    fc.assert(
      fc.property(anything, (target) => {
        const path = requestPath(target)
        if (!/[%?#]/.test(path)) expect(requestPath(path)).to.equal(path)
      }),
      { numRuns: 5_000 },
    )
  })

  it('never depends on how a letter is escaped or what detours are made', () => {
    const segment = fc.string({
      unit: fc.constantFrom(...'abcxyz019-_'),
      minLength: 1,
      maxLength: 6,
    })
    const detours = fc.constantFrom(
      '/',
      '//',
      '/./',
      '/q/../',
      '/%2e/',
      '\\',
      '%2f',
      '/;x/',
      '/q/..;/',
    )
    const letters = fc.infiniteStream(fc.nat(3))
    fc.assert(
      fc.property(fc.array(fc.tuple(detours, segment), { minLength: 1 }), letters, (parts, how) => {
        const plain = parts.map(([, name]) => `/${name}`).join('')
        const disguised = parts.map(([detour, name]) => detour + disguise(name, how)).join('')
        expect(requestPath(disguised)).to.equal(requestPath(plain))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes time in proportion to its length, whatever is repeated', () => {
    const repeated = [
      '/',
      '/.',
      '/..',
      '/a/..',
      '%',
      '%2f',
      '%u002f',
      '%ff',
      '.',
      ' ',
      '. ',
      ';',
      'a.',
    ]
    repeated.push('\\', '\0', '?', '#', '%20', 'http://', 'A', 'a', '/a', '\u212a', '\ud800', '.;/')
    const startedAt = performance.now()
    for (const text of repeated) {
      const long = text.repeat(200_000 / text.length)
      for (const target of [long, `/${long}`, `/${long}x`, `/x${long}`, `${long}/x`]) {
        expect(requestPath(target)).to.be.a('string')
      }
    }
    // 25 million characters: quadratic work would take hours.
    expect(performance.now() - startedAt).to.be.below(20_000)
  })
})

function disguise(name: string, how: Iterator<number>): string {
  const spellings = [
    (c: string) => c,
    (c: string) => c.toUpperCase(),
    (c: string) => `%${c.charCodeAt(0).toString(16)}`,
    (c: string) => `%u00${c.toUpperCase().charCodeAt(0).toString(16)}`,
  ]
  return Array.from(name, (c) => spellings[how.next().value]!(c)).join('')
}
