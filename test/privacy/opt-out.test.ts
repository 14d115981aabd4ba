import { expect } from 'chai'
import { optOutReader } from '../../src/privacy/opt-out'

describe('the wish not to be followed', () => {
  const isOptedOut = optOutReader({ honorDnt: false })

  it('is Global Privacy Control, exactly 1', () => {
    expect(isOptedOut({ 'sec-gpc': '1' })).to.equal(true)
    for (const value of ['0', 'true', '11', '1, 1', '']) {
      expect(isOptedOut({ 'sec-gpc': value }), value).to.equal(false)
    }
  })

  it('is Do Not Track where it is honoured', () => {
    expect(isOptedOut({ dnt: '1' })).to.equal(false)
    expect(optOutReader({ honorDnt: true })({ dnt: '1' })).to.equal(true)
    expect(optOutReader({ honorDnt: true })({ dnt: '0' })).to.equal(false)
  })

  it('is the cookie of the opt-out page, among others', () => {
    for (const cookie of [
      'portcullis-opt-out=1',
      'a=b; portcullis-opt-out=1; c=d',
      'a=b;portcullis-opt-out=1',
    ]) {
      expect(isOptedOut({ cookie }), cookie).to.equal(true)
    }
    for (const cookie of [
      'portcullis-opt-out=',
      'portcullis-opt-out=10',
      'xportcullis-opt-out=1',
      '',
    ]) {
      expect(isOptedOut({ cookie }), cookie).to.equal(false)
    }
  })

  it('is nothing that a request without any of these says', () => {
    expect(isOptedOut({})).to.equal(false)
  })
})
