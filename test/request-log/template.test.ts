import { expect } from 'chai'
import { FileKind, fileKindOf } from '../../src/request-log/file-kind'
import {
  hashTemplate,
  isManyPaths,
  numberIn,
  templateKind,
  templateOf,
} from '../../src/request-log/template'
import { processorMs } from '../support/processor-time'

describe('the template of a path', () => {
  it('replaces numbers, dates and ids', () => {
    const pairs = [
      ['/', '/'],
      ['/users/17', '/users/N'],
      ['/users/17.json', '/users/N.json'],
      ['/img_0042.jpg', '/img_N.jpg'],
      ['/2024/05/17/', '/N/N/N'],
      ['/report-2024-05-17.pdf', '/report-N-N-N.pdf'],
      ['/u/6fa459ea-ee8a-3ca4-894e-db77e160355e/edit', '/u/ID/edit'],
      ['/assets/main.9f86d081884c7d65.js', '/assets/main.ID.js'],
      ['/assets/index-d4k9x2bq.css', '/assets/index-ID.css'],
      ['/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/commit/ID'],
    ]
    for (const [path, template] of pairs) expect(templateOf(path!), path).to.equal(template)
  })

  it('keeps what people write, however long', () => {
    const slugs = [
      '/blog/how-we-made-our-log-search-a-great-deal-faster-than-it-was',
      '/wp-login.php',
      '/h264video',
      '/deadbeef',
      '/.well-known/acme-challenge',
      '/api/v1/me',
    ]
    for (const path of slugs) expect(templateOf(path), path).to.equal(path)
  })

  it('is the same for all spellings of a path', () => {
    const spellings = ['/a/7', '//a/7', '/%61/7/', '/./a/8', '/x/../a/9', '/A/10']
    expect(new Set(spellings.map(templateOf))).to.deep.equal(new Set(['/a/N']))
  })

  it('takes no longer for a path that was made to be slow', async () => {
    for (const unit of ['a1', '1-', 'f', '/1', '%2e/', '0.']) {
      const spentMs = await processorMs(() => templateOf(`/${unit.repeat(60_000)}`))
      expect(spentMs).to.be.below(2_000)
    }
  })
})

describe('the number in a path', () => {
  it('is the last one that is a name of its own', () => {
    expect(numberIn('/users/17')).to.equal(17)
    expect(numberIn('/users/17/orders/4.pdf')).to.equal(4)
    expect(numberIn('/users/17/edit')).to.equal(17)
  })

  it('is none for words, for ids that are too long, and for pages of a list', () => {
    for (const path of ['/', '/v1', '/a-17', '/blog/page/3', '/1234567890123456']) {
      expect(numberIn(path), path).to.equal(undefined)
    }
  })
})

describe('the hash of a template', () => {
  it('tells the kind of file that it names, and whether it stands for many paths', () => {
    const kinds: [path: string, kind: FileKind][] = [
      ['/', FileKind.Page],
      ['/articles/17', FileKind.Page],
      ['/v1.2/about.us', FileKind.Page],
      ['/.well-known/security', FileKind.Page],
      ['/index.html', FileKind.Document],
      ['/inc/x.php', FileKind.Program],
      ['/users-2.tar.gz', FileKind.Copy],
      ['/index.php~', FileKind.Copy],
      ['/feed.xml', FileKind.Data],
      ['/db/users.sql', FileKind.Inside],
      ['/logo.9f86d081884c7d65.svg', FileKind.Media],
      ['/app/.env', FileKind.Hidden],
      ['/.git/config', FileKind.Hidden],
    ]
    for (const [path, kind] of kinds) {
      expect(fileKindOf(path), path).to.equal(kind)
      const hash = hashTemplate(templateOf(path))
      expect(templateKind(hash), path).to.equal(kind)
      expect(isManyPaths(hash), path).to.equal(/\d/.test(path))
    }
  })
})
