import type { ApiKey } from '../models/api-key'
import { Keys } from '../src/auth/keys'
import { visible } from '../src/net/visible'
import { PostgresBus } from '../src/platform/bus'
import { runScript } from './support/script'
import { sshClient } from './support/ssh'
import { readTier } from './support/tier'

/** In place of a tier's name: whichever stands by default. */
const DEFAULT = 'default'

void runScript({
  usage: `ts-node scripts/set-tier.ts <key> <tier> [--json]

Binds an application's key to another tier; a running service counts by it within one second.

  <key>    its name, or what it begins with (pc_ and twelve digits) when several have that name
  <tier>   how often it may ask /v1: a tier of RATE_LIMITS that counts keys, none for no limit,
           or default for the first such tier`,
  args: [2, 2],
  async run({ args: [text = '', name = ''], config, log, openDatabase }) {
    const tier = name === DEFAULT ? null : readTier(name, config.rateLimits)
    const { database, models } = await openDatabase()
    const bus = new PostgresBus(database.knex, database.connection, log)
    const keys = new Keys({ models, bus, log })

    const key = theOne(text, await keys.list())
    await keys.setTier(key.id, tier, { by: 'command line', from: sshClient() })
    return {
      text: `${key.name} (${key.prefix}) has the tier ${tier ?? DEFAULT}; it had ${key.tier ?? DEFAULT}.`,
      json: { name: key.name, prefix: key.prefix, tier, before: key.tier },
    }
  },
})

function theOne(text: string, keys: readonly ApiKey[]): ApiKey {
  const wanted = visible(text.trim())
  const found = keys.filter(({ name, prefix }) => name === wanted || prefix === wanted)
  if (found[0] && found.length === 1) return found[0]
  if (found.length === 0) throw new Error(`No key that is valid is called ${wanted}.`)
  const prefixes = found.map(({ prefix }) => prefix).join(', ')
  throw new Error(`${found.length} keys are called ${wanted}: name one by ${prefixes}.`)
}
