import { Keys, SCOPES, type Scope } from '../src/auth/keys'
import { visible } from '../src/net/visible'
import { PostgresBus } from '../src/platform/bus'
import { runScript, WrongUsage } from './support/script'
import { readTier } from './support/tier'

const LONGEST_NAME = 100

void runScript({
  usage: `ts-node scripts/create-key.ts <name> --scopes ${SCOPES.join(',')} [--tier NAME] [--json]

Makes a key for an application, and prints it on the last line: this once, only its hash is kept.

  --scopes   what it is for: check asks for verdicts, ingest sends log lines, bouncer follows the
             decisions, admin does what an admin may do
  --tier     how often it may ask /v1: a tier of RATE_LIMITS that counts keys, or none for no
             limit; by default the first such tier`,
  args: [1, 1],
  flags: { scopes: { type: 'string' }, tier: { type: 'string' } },
  async run({ args, flags, config, log, openDatabase }) {
    const name = readName(args[0])
    const scopes = readScopes(String(flags.scopes ?? ''))
    const tier = flags.tier === undefined ? null : readTier(String(flags.tier), config.rateLimits)
    const { database, models } = await openDatabase()
    const bus = new PostgresBus(database.knex, database.connection, log)
    const keys = new Keys({ models, bus, log })

    const key = await keys.create(name, scopes, tier)
    return {
      text: `A key for ${name}, for ${scopes.join(', ')}. It is not shown again:\n${key}`,
      json: { name, scopes, tier, key },
    }
  },
})

function readName(text = ''): string {
  const name = visible(text.trim())
  if (name !== '' && name.length <= LONGEST_NAME) return name
  throw new WrongUsage(`The key needs a name of 1 to ${LONGEST_NAME} characters.`)
}

function readScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim())
  const scopes = SCOPES.filter((scope) => names.includes(scope))
  if (scopes.length > 0 && scopes.length === new Set(names).size) return scopes
  throw new WrongUsage(`--scopes takes one or more of ${SCOPES.join(', ')}, separated by commas.`)
}
