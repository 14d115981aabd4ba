import { expect } from 'chai'
import fc from 'fast-check'
import { requestPath, sensitivePaths, splitTarget } from '../../src/net/request-path'

describe('request paths', () => {
  const canonical: [target: string, path: string][] = [
    ['/', '/'],
    ['', '/'],
    ['/blog/2015.html', '/blog/2015.html'],
    ['/Blog/', '/blog'],
    ['/a?b=/admin', '/a'],
    ['/a#/admin', '/a'],
    ['//admin', '/admin'],
    ['/a///b', '/a/b'],
    ['/./admin', '/admin'],
    ['/x/../admin', '/admin'],
    ['/../../admin', '/admin'],
    ['/x/%2e%2E/admin', '/admin'],
    ['/admin/..', '/'],
    ['/a/...', '/a/...'],
    ['/%61dmin', '/admin'],
    ['/%2561dmin', '/%61dmin'],
    ['/admin%2fusers', '/admin/users'],
    ['/admin%5cusers', '/admin/users'],
    ['\\admin', '/admin'],
    ['/admin;jsessionid=1/users', '/admin/users'],
    ['/x/..;/admin', '/admin'],
    ['/admin%3Bx', '/admin'],
    ['/admin%00.png', '/admin'],
    ['/x%00/../admin', '/admin'],
    ['/caf%C3%A9', '/café'],
    ['/%ff%61', '/%ffa'],
    ['/%c0%afadmin', '/%c0%afadmin'],
    ['/%', '/%'],
    ['/%zz/%4', '/%zz/%4'],
    ['http://example.com/admin?x', '/admin'],
    ['HTTPS://user@example.com:8080//admin', '/admin'],
    ['http://example.com', '/'],
    ['http://example.com?x=/admin', '/'],
    ['admin', '/admin'],
    ['*', '/*'],
    ['example.com:443', '/example.com:443'],
  ]
  for (const [target, path] of canonical) {
    it(`reads ${JSON.stringify(target)} as ${path}`, () =>
      expect(requestPath(target)).to.equal(path))
  }

  it('finds sensitive paths in any disguise, and only whole segments', () => {
    const isSensitive = sensitivePaths(['/admin', '/Login/', 'wp-admin/'])
    const sensitive = [
      '/admin',
      '/admin/',
      '/ADMIN/users',
      '//admin',
      '/%61dmin',
      '/login?x',
      '/wp-admin',
    ]
    const harmless = ['/', '/administrator-guide', '/x?next=/admin', '/x/admin', '/logins', '/wp']

    for (const target of sensitive) expect(isSensitive(target), target).to.equal(true)
    for (const target of harmless) expect(isSensitive(target), target).to.equal(false)
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

  it('has an answer for everything, without dot segments or double slashes', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...'/\\.;%2eEfF05cC?#:\0aA'), maxLength: 30 })
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (target) => {
        expect(requestPath(target)).to.match(/^\//)
        expect(requestPath(target)).to.not.match(/\/\/|\/\.{1,2}(?:\/|$)|[\\;\0]/)
      }),
      { numRuns: 2_000 },
    )
  })
})
