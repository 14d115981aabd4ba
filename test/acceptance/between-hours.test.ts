import { expect } from 'chai'
import { bindModels } from '../../models'
import { staysInOneHour } from '../support/clock'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const ATTACKER = '203.0.113.66'
const VISITOR = '198.51.100.9'
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
/** What scanners ask for: secrets, backups, other people's software. */
const HUNTED = [
  ...['/.env', '/.git/config', '/.aws/credentials', '/backup.sql', '/db.sql.gz', '/.htpasswd'],
  ...['/wp-login.php', '/wp-config.php.bak', '/phpmyadmin/index.php', '/vendor/phpunit/x.php'],
  ...['/cgi-bin/../../../../etc/passwd', '/shell.php', '/c99.php', '/id_rsa', '/.svn/entries'],
]

describe('an attack between the hours', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1', AUTOBLOCK: 'rules' })
    await service.database.clean()
    key = await service.key('admin')
  })
  after(async () => {
    await service.stop()
    await service.database.clean()
  })

  const ask = (address: string, path: string, agent: string) =>
    service.send(path, { headers: { 'x-forwarded-for': address, 'user-agent': agent } })
  const findings = async () => {
    const answer = await service.send('/admin/api/suspicious?sort=worst', { key })
    const { items } = (await answer.json()) as {
      items: { id: number; ipAddress: string; severity: string; status: string; window: string }[]
    }
    return items
  }

  // Promised are ten seconds; the machine of a test may be busy with others.
  it('is a finding within seconds, which the hourly job confirms under the same id', async () => {
    await staysInOneHour(60_000)
    for (const path of ['/', '/livez', '/privacy']) await ask(VISITOR, path, BROWSER)
    for (const path of HUNTED) await ask(ATTACKER, path, 'sqlmap/1.8')
    await eventually('the attacker is found', async () => (await findings()).length > 0, 30_000)

    const [found, ...others] = await findings()
    expect(others).to.deep.equal([])
    expect(found).to.include({ ipAddress: ATTACKER, severity: 'high' })

    const json = { hour: found!.window }
    await service.send('/admin/api/detection/run', { method: 'POST', key, json })
    const again = (await findings()).filter(({ ipAddress }) => ipAddress === ATTACKER)
    expect(again.map(({ id }) => id)).to.deep.equal([found!.id])
  })

  it('is blocked by AUTOBLOCK=rules, until a person takes it back', async () => {
    await eventually('the attacker is refused', async () => {
      return (await ask(ATTACKER, '/', BROWSER)).status === 403
    })
    expect((await ask(VISITOR, '/', BROWSER)).status).not.to.equal(403)
    const [found] = await findings()
    expect(found).to.include({ ipAddress: ATTACKER, status: 'blocked' })
    const { AuditEntry } = bindModels(service.database.knex)
    const [entry] = await AuditEntry.query().where({ action: 'block.create' })
    expect(entry).to.include({ actor: 'portcullis', subject: ATTACKER })
    expect(entry!.details.finding).to.include({ id: found!.id })

    const path = `/admin/api/suspicious/${found!.id}/review`
    await service.send(path, { method: 'POST', key, json: { decision: 'reopen' } })
    expect((await ask(ATTACKER, '/', BROWSER)).status).not.to.equal(403)
    for (const hunted of HUNTED) await ask(ATTACKER, hunted, 'sqlmap/1.8')
    const { id } = found!
    await eventually('it is judged again', async () => {
      const { features } = (await bindModels(service.database.knex)
        .SuspiciousIP.query()
        .findById(id))!
      return features.requests! >= 2 * HUNTED.length
    })
    expect((await findings())[0]).to.include({ id, status: 'open' })
  })
})
