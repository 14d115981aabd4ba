import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { splitTarget } from '../../src/net/request-path'
import { matchAgent, matchTarget } from '../../src/signatures/matcher'
import { SIGNATURES } from '../../src/signatures/pack'
import { EXAMPLES } from './examples'

describe('the signature pack', () => {
  it('has one name for each entry, and one shape of names', () => {
    const names = SIGNATURES.map(({ name }) => name)

    expect(new Set(names).size).to.equal(names.length)
    for (const name of names) expect(name).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  it('has examples for every entry, and no others', () => {
    expect(Object.keys(EXAMPLES).sort()).to.deep.equal(SIGNATURES.map(({ name }) => name).sort())
  })

  it('is what docs/signatures.md lists', async () => {
    const page = await readFile(path.join(__dirname, '../../docs/signatures.md'), 'utf8')
    const [, listed] = page.split(
      '| name | asked for | severity | reference |\n| --- | --- | --- | --- |\n',
    )
    const rows = SIGNATURES.map(({ name, title, severity, reference = '' }) => {
      const link = reference.startsWith('http') ? `<${reference}>` : reference
      return `| ${name} | ${title} | ${severity} | ${link} |`
    })

    expect(listed?.trim().split('\n')).to.deep.equal(rows)
  })

  for (const { name } of SIGNATURES) {
    const { matches = [], passes = [] } = EXAMPLES[name] ?? {}

    it(`${name}: matches what it is about, and nothing that looks like it`, () => {
      expect(matches, 'lines that must match').not.to.be.empty
      expect(passes, 'lines that must not').not.to.be.empty
      for (const line of matches) expect(namesOf(line), line).to.include(name)
      for (const line of passes) expect(namesOf(line), line).not.to.include(name)
    })
  }
})

/** A line is a target, or a user agent behind "agent: ". */
function namesOf(line: string): string[] {
  const agent = /^agent: (.*)$/s.exec(line)?.[1]
  const { path, query } = splitTarget(line)
  const matched = agent === undefined ? matchTarget(path, query) : matchAgent(agent)
  return matched.map((index) => SIGNATURES[index]!.name)
}
