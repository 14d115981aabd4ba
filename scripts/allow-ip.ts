import { Orders } from '../src/blocklist/orders'
import { requireNetwork } from '../src/net/network'
import { readReason } from './support/reason'
import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/allow-ip.ts <ip|cidr> [--reason TEXT] [--remove] [--json]

Allows an address or a network: it is never blocked and never flagged, whatever else is listed.

  --reason TEXT  why, for other admins
  --remove       takes it off the list of allowed networks again`,
  args: [1, 1],
  flags: {
    reason: { type: 'string' },
    remove: { type: 'boolean' },
  },
  async run({ args: [text = ''], flags, config, openDatabase }) {
    const network = requireNetwork(text)
    const reason = readReason(flags.reason, 'allowed by hand')
    const { models } = await openDatabase()
    const orders = new Orders(models, config.trustedProxies)
    const given = { network, by: 'command line' }

    if (!flags.remove) {
      const allowed = await orders.allow({ ...given, reason })
      return { text: `Allowed ${network}: ${reason}`, json: allowed }
    }
    const removed = await orders.disallow(given)
    if (!removed) throw new Error(`${network} is not on the list of allowed networks.`)
    return { text: `${network} is no longer allowed.`, json: removed }
  },
})
