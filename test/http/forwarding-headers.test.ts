import { expect } from 'chai'
import { forwardingHeaderIn, otherForwardingHeaders } from '../../src/http/forwarding-headers'

/** As node hands a request out that was sent with these names. */
function sent(...names: string[]) {
  const lines = ['Host', 'User-Agent', 'X-Requested-With', 'Te', ...names]
  return {
    headers: Object.fromEntries(lines.map((name) => [name.toLowerCase(), '192.0.2.7'])),
    rawHeaders: lines.flatMap((name) => [name, '192.0.2.7']),
  }
}

describe('the forwarding header of a request', () => {
  const every = [
    ...['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'CF-Connecting-IP', 'True-Client-IP'],
    ...['Fly-Client-IP', 'Fastly-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP'],
    ...['X-Azure-ClientIP', 'X-Envoy-External-Address', 'X-AppEngine-User-IP'],
    ...['CloudFront-Viewer-Address', 'X-Forwarded', 'Forwarded-For'],
  ]

  it('is found, whichever it is and however it is spelled', () => {
    for (const name of every) {
      for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(forwardingHeaderIn(sent(spelling), 'x-other')).to.equal(name.toLowerCase())
      }
      expect(otherForwardingHeaders(sent(name).headers)).to.deep.equal([name.toLowerCase()])
    }
  })

  it('is the configured one before the common ones', () => {
    const request = sent('X-Forwarded-For', 'My-Proxy-Says')
    expect(forwardingHeaderIn(request, 'my-proxy-says')).to.equal('my-proxy-says')
    expect(forwardingHeaderIn(request, 'another')).to.equal('x-forwarded-for')
  })

  it('is not found where there is none', () => {
    expect(forwardingHeaderIn(sent(), 'x-forwarded-for')).to.equal(undefined)
    expect(forwardingHeaderIn(sent('Cookie', 'F', 'Transfer-X'), 'x-real-ip')).to.equal(undefined)
  })
})
