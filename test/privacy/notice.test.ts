import { expect } from 'chai'
import { noticeText, privacyNotice } from '../../src/privacy/notice'

describe('the privacy notice', () => {
  const textFor = (ipStorage: 'full' | 'truncated' | 'hashed') =>
    noticeText(
      privacyNotice({
        ...{ ipStorage, anonymizeAfterHours: 24, retentionDays: 30, auditDays: 365 },
        ...{ honorDnt: false, privacyContact: undefined },
        ...{ geoCityDb: undefined, geoApiUrl: undefined },
      }),
    )

  it('says what becomes of an address, as it is set', () => {
    expect(textFor('full')).to.include('whole for 24 hours')
    expect(textFor('truncated')).to.include('Cut to their network (/24, /48) before')
    expect(textFor('hashed')).to.include('Replaced by pseudonyms').and.not.include('Cut to their')
  })

  it('does not hide that findings and blocks name whole addresses for longer', () => {
    expect(textFor('full')).to.match(
      /whole in findings.*30 days.*blocked address is on the blocklist.*365 days/s,
    )
  })
})
