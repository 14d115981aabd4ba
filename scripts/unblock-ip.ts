import { findCovering } from '../src/blocklist/covering'
import { Orders } from '../src/blocklist/orders'
import { requireNetwork } from '../src/net/network'
import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/unblock-ip.ts <ip|cidr> [--json]

Ends the block of exactly this address or network; a running service lets it in within one second.
Fails when there is no such block.`,
  args: [1, 1],
  async run({ args: [text = ''], config, openDatabase }) {
    const network = requireNetwork(text)
    const { models } = await openDatabase()
    const orders = new Orders(models, config.trustedProxies)

    const unblocked = await orders.unblock({ network, by: 'command line' })
    const { blocks } = await findCovering(models, network)
    const wider = blocks.map(({ ipAddress }) => ipAddress)
    const still = wider.length > 0 ? `It is still blocked by ${wider.join(', ')}.` : ''
    if (!unblocked) throw new Error(`${network} has no block of its own. ${still}`.trim())
    return {
      text: `Unblocked ${network}. ${still}`.trim(),
      json: { ipAddress: network, stillBlockedBy: wider },
    }
  },
})
