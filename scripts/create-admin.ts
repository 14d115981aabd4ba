import { Accounts, InvalidAccount } from '../src/auth/accounts'
import { Passwords } from '../src/auth/passwords'
import { readNewPassword } from './support/password'
import { runScript, WrongUsage } from './support/script'

void runScript({
  usage: `ts-node scripts/create-admin.ts <email> [--role viewer] [--reset-password] [--json]

Makes an account that may sign in. The password is asked for; when standard input is not a
terminal its first line is the password.

  --role viewer      may look at everything and change nothing; the default is admin
  --reset-password   gives an existing account a new password and ends its sessions`,
  args: [1, 1],
  flags: { role: { type: 'string', default: 'admin' }, 'reset-password': { type: 'boolean' } },
  async run({ args: [email = ''], flags, openDatabase }) {
    const { role } = flags
    if (role !== 'admin' && role !== 'viewer') throw new WrongUsage('--role takes admin or viewer.')
    const password = await readNewPassword()
    const { models } = await openDatabase()
    const accounts = new Accounts(models, new Passwords())

    const isReset = flags['reset-password'] === true
    const account = await (isReset
      ? accounts.resetPassword(email, password)
      : accounts.add(email, password, role)
    ).catch(explain)
    return {
      text: isReset
        ? `${account.email} has a new password, and is signed out everywhere.`
        : `${account.email} may sign in now, as ${account.role}.`,
      json: { email: account.email, role: account.role },
    }
  },
})

function explain(error: unknown): never {
  if (!(error instanceof InvalidAccount)) throw error
  throw new WrongUsage(error.message)
}
