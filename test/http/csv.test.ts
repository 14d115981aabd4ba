import { expect } from 'chai'
import { csvOf } from '../../src/http/csv'
import { startTestService, type TestService } from '../support/service'

describe('a list as CSV', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService()
    await service.database.clean()
    key = await service.key('admin')
  })
  after(() => service.stop())

  it('has a column for each member, and quotes what needs it', () => {
    const items = [
      { id: 1, reason: 'says "no", twice', at: new Date(0) },
      { id: -2, reason: null, tags: ['a', 'b'] },
    ]
    expect(csvOf(items)).to.equal(
      'id,reason,at,tags\r\n1,"says ""no"", twice",1970-01-01T00:00:00.000Z,\r\n-2,,,"[""a"",""b""]"\r\n',
    )
    expect(csvOf([])).to.equal('\r\n')
  })

  it('has no text that a spreadsheet would run', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '＝1']) {
      expect(csvOf([{ text }]), text).to.equal(`text\r\n'${text}\r\n`)
    }
    expect(csvOf([{ text: '=HYPERLINK("http://x")' }])).to.equal(
      'text\r\n"\'=HYPERLINK(""http://x"")"\r\n',
    )
  })

  it('comes page by page from the routes of lists', async () => {
    for (const host of [1, 2, 3]) {
      const json = { ipAddress: `192.0.2.${host}`, reason: '=cmd' }
      await service.send('/admin/api/blocks', { method: 'POST', key, json })
    }
    const first = await service.send('/admin/api/blocks?format=csv&limit=2', { key })
    expect(first.headers.get('content-type')).to.include('text/csv')
    expect(first.headers.get('content-disposition')).to.include('blocks.csv')
    const lines = (await first.text()).split('\r\n')
    expect(lines[0]).to.match(/^id,ipAddress,reason/)
    expect(lines[1]).to.match(/,192\.0\.2\.3,'=cmd,/)
    const [, next] = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? []
    const second = await service.send(next!, { key })
    expect(await second.text()).to.include('192.0.2.1')
    expect(second.headers.get('link')).to.equal(null)
    await service.database.clean()
  })
})
