import { expect } from 'chai'
import { sensitivePathFinder } from '../../src/request-log/sensitive'

describe('sensitive paths', () => {
  it('are named by the prefix that covers them', () => {
    const find = sensitivePathFinder(['/admin', '/login'])
    expect(find('/LOGIN/x')).to.equal('/login')
    expect(find('/a/../%61dmin')).to.equal('/admin')
    expect(find('/logins')).to.equal(undefined)
  })

  it('may be everything, or nothing', () => {
    expect(sensitivePathFinder(['/'])('/anything')).to.equal('/')
    expect(sensitivePathFinder([])('/admin')).to.equal(undefined)
  })
})
