import { expect } from 'chai'
import { InvalidPattern, PathPattern } from '../../../src/detection/teaching/path-pattern'
import { requestPath } from '../../../src/net/request-path'
import { processorMs } from '../../support/processor-time'

describe('a path pattern', () => {
  const covers = (pattern: string, target: string) =>
    PathPattern.parse(pattern).covers(requestPath(target))

  it('covers whole segments, however the path is spelled', () => {
    expect(covers('/admin/health', '/admin/health')).to.equal(true)
    expect(covers('/admin/health', '//%61dmin/./HEALTH/')).to.equal(true)
    expect(covers('/Admin/Health/', '/admin/health')).to.equal(true)
    for (const other of ['/admin', '/admin/health/x', '/admin/healthy', '/x/admin/health']) {
      expect(covers('/admin/health', other), other).to.equal(false)
    }
  })

  it('takes a star for one segment, and two at the end for the rest', () => {
    expect(covers('/users/*/mail', '/users/7/mail')).to.equal(true)
    expect(covers('/users/*/mail', '/users/7/8/mail')).to.equal(false)
    expect(covers('/users/*', '/users')).to.equal(false)
    expect(covers('/health/**', '/health')).to.equal(true)
    expect(covers('/health/**', '/health/db/1')).to.equal(true)
    expect(covers('/health/**', '/healthy')).to.equal(false)
    expect(covers('/health/**', '/health/../admin')).to.equal(false)
  })

  it('refuses what is none, and what would cover everything', () => {
    for (const text of [
      '',
      'admin',
      '/',
      '//',
      '/*',
      '/**',
      '/*/x',
      '/.',
      '/x/..',
      '/a*',
      '/x?y',
    ]) {
      expect(() => PathPattern.parse(text), text).to.throw(InvalidPattern)
    }
    for (const text of ['/**/x', '/a/**/b', '/a/b*c', `/${'a'.repeat(600)}`]) {
      expect(() => PathPattern.parse(text), text).to.throw(InvalidPattern)
    }
  })

  it('cannot be made slow', async () => {
    const pattern = PathPattern.parse(`/a${'/*'.repeat(200)}/end`)
    const path = `/a${'/x'.repeat(100_000)}`
    const spentMs = await processorMs(() => {
      for (let i = 0; i < 20; i++) expect(pattern.covers(path)).to.equal(false)
    })
    expect(spentMs).to.be.lessThan(5_000)
  })
})
