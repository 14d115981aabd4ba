import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { readConfig } from '../../src/config'
import { noticeText, privacyNotice } from '../../src/privacy/notice'

describe('the privacy notice', () => {
  const noticeFor = (env: NodeJS.ProcessEnv = {}) => privacyNotice(readConfig(env))
  const textFor = (env: NodeJS.ProcessEnv = {}) => noticeText(noticeFor(env))

  it('says what becomes of an address, as it is set', () => {
    expect(textFor({ IP_STORAGE: 'full' })).to.include('whole for 24 hours')
    expect(textFor({ IP_STORAGE: 'truncated' })).to.include(
      'Cut to their network (/24, /48) before',
    )
    expect(textFor({ IP_STORAGE: 'hashed' }))
      .to.include('Replaced by pseudonyms')
      .and.not.include('Cut to their')
  })

  it('does not hide that findings and blocks name whole addresses for longer', () => {
    expect(textFor()).to.match(
      /whole in findings.*30 days.*blocked address is on the blocklist.*365 days.*notes/s,
    )
  })

  it('does not hide that addresses wait whole in a file until they are cut or hashed', () => {
    for (const IP_STORAGE of ['truncated', 'hashed']) {
      expect(textFor({ IP_STORAGE })).to.include('they wait whole in a file')
    }
  })

  it('says whether a machine decides', () => {
    expect(textFor()).to.include('A person decides')
    const automatic = textFor({ AUTOBLOCK: 'rules' })
    expect(automatic).to.include('by themselves').and.not.include('A person decides')
    expect(noticeFor({ AUTOBLOCK: 'rules' }).paragraph).to.include('refused for a while by fixed')
  })

  it('names all that leaves the machine, in the paragraph for other policies, too', () => {
    expect(noticeFor()).to.not.have.property('outside')
    const outside = {
      GEO_API_URL: 'https://geo.example/{ip}?token=abc',
      VERIFY_CRAWLERS: 'dns',
      REVERSE_NAMES: 'dns',
    }
    for (const text of [textFor(outside), noticeFor(outside).paragraph]) {
      expect(text).to.match(/geo\.example, without.*search engine.*a person looks at/s)
      expect(text).to.not.include('abc')
    }
  })

  it('has the paragraph that the page on privacy shows', () => {
    const page = readFileSync(path.join(__dirname, '../../docs/privacy.md'), 'utf8')
    const quoted = page.match(/^> .*$/gm)!.map((line) => line.slice(2))
    expect(quoted.join(' ')).to.equal(noticeFor().paragraph)
  })
})
