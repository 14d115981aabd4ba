import type { AllowedNetwork } from '../models/allowed-network'
import { allowWarning } from '../src/blocklist/guards'
import { Orders } from '../src/blocklist/orders'
import { requireNetwork } from '../src/net/network'
import { readReason } from './support/reason'
import { runScript, WrongUsage } from './support/script'
import { sshClient } from './support/ssh'

void runScript({
  usage: `ts-node scripts/allow-ip.ts <ip|cidr> [--reason TEXT] [--remove] [--json]
ts-node scripts/allow-ip.ts --list [--json]

Allows an address or a network: it is never blocked and never flagged, whatever else is listed.

  --reason TEXT  why, for other admins
  --remove       takes it off the list of allowed networks again
  --list         shows the list of allowed networks`,
  args: [0, 1],
  flags: {
    reason: { type: 'string' },
    remove: { type: 'boolean' },
    list: { type: 'boolean' },
  },
  async run({ args: [text], flags, config, openDatabase }) {
    if ((text === undefined) !== (flags.list === true)) {
      throw new WrongUsage('Say which network, or --list.')
    }
    if (text === undefined) {
      const { models } = await openDatabase()
      const allowed = await models.AllowedNetwork.query().orderBy('ip_address')
      return { text: describe(allowed), json: allowed }
    }

    const network = requireNetwork(text)
    const reason = readReason(flags.reason, 'allowed by hand')
    const { models } = await openDatabase()
    const orders = new Orders(models, config.trustedProxies)
    const given = { network, by: 'command line', from: sshClient() }

    if (!flags.remove) {
      const allowed = await orders.allow({ ...given, reason })
      const warning = allowWarning(network)
      const told = warning ? `\nWarning: ${warning}` : ''
      return { text: `Allowed ${network}: ${reason}${told}`, json: { ...allowed, warning } }
    }
    const removed = await orders.disallow(given)
    if (!removed) throw new Error(`${network} is not on the list of allowed networks.`)
    return { text: `${network} is no longer allowed.`, json: removed }
  },
})

function describe(allowed: AllowedNetwork[]): string {
  if (allowed.length === 0) return 'No network is allowed.'
  return allowed.map(({ ipAddress, reason }) => `${ipAddress}  ${reason}`).join('\n')
}
