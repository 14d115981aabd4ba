import { expect } from 'chai'
import fc from 'fast-check'
import { readSensitivePaths } from '../../src/detection/sensitive'

describe('sensitive paths', () => {
  it('are named by the prefix that covers them', () => {
    const { find } = readSensitivePaths(['/admin', '/login'])
    expect(find('/LOGIN/x')).to.equal('/login')
    expect(find('/a/../%61dmin')).to.equal('/admin')
    expect(find('/logins')).to.equal(undefined)
  })

  it('are all among the candidates that the database looks for', () => {
    const prefixes = ['/admin', '/wp/k1-login.php', '/größe', '/a(b']
    const { find, candidates } = readSensitivePaths(prefixes)
    const pattern = new RegExp(candidates, 'is')
    let covered = 0
    fc.assert(
      fc.property(disguised(prefixes), (path) => {
        if (find(path) === undefined) return
        covered++
        expect(path).to.match(pattern)
      }),
      { numRuns: 2_000 },
    )
    expect(covered).to.be.greaterThan(500)
  })

  it('may be everything', () => {
    const { find, candidates } = readSensitivePaths(['/'])
    expect(find('/anything')).to.equal('/')
    expect('/anything').to.match(new RegExp(candidates, 'i'))
  })

  it('may be nothing', () => {
    const { find, candidates } = readSensitivePaths([])
    expect(find('/admin')).to.equal(undefined)
    expect(new RegExp(candidates, 'i')).to.be.instanceOf(RegExp)
  })
})

/** One of the prefixes in a random spelling, with random things around it. */
function disguised(prefixes: string[]) {
  const letter = (char: string) =>
    fc.constantFrom(
      char,
      char,
      char.toUpperCase(),
      escaped(char),
      escaped(char.toUpperCase()),
      `%u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ...kelvin(char),
    )
  const between = fc.constantFrom('/', '//', '/./', '/x/../', '\\', '%2f', '/%2e/')
  const after = fc.constantFrom('', '/', '/users', ';a=b', '%00.png', '?q', 'x', '.', '%20')
  return fc.constantFrom(...prefixes).chain((prefix) => {
    const parts = Array.from(prefix, (char) => (char === '/' ? between : letter(char)))
    return fc.tuple(...parts, after).map((texts) => texts.join(''))
  })
}

function escaped(char: string): string {
  return Array.from(Buffer.from(char), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

function kelvin(char: string): string[] {
  return char === 'k' ? ['\u212a', escaped('\u212a'), '%u212A'] : []
}
