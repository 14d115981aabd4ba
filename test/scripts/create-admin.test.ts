import { expect } from 'chai'
import { bindModels } from '../../models'
import { Accounts } from '../../src/auth/accounts'
import { Passwords } from '../../src/auth/passwords'
import { type TestDatabase, testDatabase } from '../support/database'
import { runScript } from '../support/script'

describe('create-admin', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
  })

  const createAdmin = (args: string[], password: string) =>
    runScript('create-admin', args, { DATABASE_URL: database.url }, `${password}\n`)

  async function signIn(password: string) {
    const accounts = new Accounts(bindModels(database.knex), new Passwords())
    const account = await accounts.find('ada@example.org')
    return (await accounts.verify(account, password)) ? account : undefined
  }

  it('makes an account that can sign in, once, and resets its password when told to', async () => {
    const first = await createAdmin(['Ada@example.org'], 'the first long password')
    expect(first).to.include({ code: 0, stdout: 'ada@example.org may sign in now, as admin.\n' })
    expect(await signIn('the first long password')).to.include({ role: 'admin' })

    const again = await createAdmin(['ada@example.org'], 'another long password')
    expect(again.code).to.equal(1)
    expect(again.stderr).to.contain('already')
    expect(await signIn('another long password')).to.equal(undefined)

    const reset = await createAdmin(['ada@example.org', '--reset-password'], 'a new long password')
    expect(reset.code).to.equal(0)
    expect(await signIn('a new long password')).to.include({ role: 'admin' })
  })

  it('refuses a weak password, no password and what is no e-mail address', async () => {
    const answers = await Promise.all([
      createAdmin(['bob@example.org'], 'short'),
      createAdmin(['bob@example.org'], ''),
      createAdmin(['bob'], 'a long enough password'),
    ])
    expect(answers.map(({ code }) => code)).to.deep.equal([2, 2, 2])
    expect(answers[0]!.stderr).to.contain('at least 12 characters')
  })
})
