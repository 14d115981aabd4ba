import { expect } from 'chai'
import { splitTarget } from '../../src/net/request-path'
import { recordedTarget } from '../../src/request-log/own-target'

describe('the target of a question to this service', () => {
  const recorded = (target: string) => {
    const { path, query } = recordedTarget(splitTarget(target))
    return query ? `${path}?${query}` : path
  }

  it('is recorded without the addresses it is about', () => {
    const about = ['198.51.100.7', '2001:db8::1', '2001%3Adb8%3A%3A1', '198.51.100.7%2F24']
    for (const address of about) {
      expect(recorded(`/v1/check/${address}`)).to.equal('/v1/check/(address)')
      expect(recorded(`/admin/api/requests?ip=${address}&limit=5`)).to.equal(
        '/admin/api/requests?ip=(address)&limit=5',
      )
    }
    expect(recorded('/admin/api/subjects/::ffff:198.51.100.7')).to.equal(
      '/admin/api/subjects/(address)',
    )
  })

  it('is recorded as it came otherwise', () => {
    for (const target of [
      '/admin/api/blocks/17?limit=10',
      '/admin/api/requests?path=/x%ff&cursor=WzFd',
      '/about/198.51.100.7?from=198.51.100.8',
    ]) {
      expect(recorded(target)).to.equal(target)
    }
  })
})
