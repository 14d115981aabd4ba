import { findCovering } from '../src/blocklist/covering'
import { Orders } from '../src/blocklist/orders'
import { listsNaming } from '../src/blocklist/shadowed'
import { requireNetwork } from '../src/net/network'
import { runScript } from './support/script'
import { sshClient } from './support/ssh'

void runScript({
  usage: `ts-node scripts/unblock-ip.ts <ip|cidr> [--json]

Ends the block of exactly this address or network; a running service lets it in within one second.
Fails when there is no such block.`,
  args: [1, 1],
  async run({ args: [text = ''], config, openDatabase }) {
    const network = requireNetwork(text)
    const { database, models } = await openDatabase()
    const orders = new Orders(models, config.trustedProxies)

    const lists = await listsNaming(database.knex, network)
    const unblocked = await orders.unblock({ network, by: 'command line', from: sshClient() })
    const { blocks } = await findCovering(models, network)
    const wider = blocks.map(({ ipAddress }) => ipAddress)
    const still = wider.length > 0 ? `It is still blocked by ${wider.join(', ')}.` : ''
    if (!unblocked) throw new Error(`${network} has no block of its own. ${still}`.trim())

    const lines = [`Unblocked ${network}. ${still}`.trim()]
    if (lists.length > 0) {
      const names = lists.join(', ')
      lines.push(`It is listed by ${names}: the next import blocks it again, unless you allow it.`)
    }
    return {
      text: lines.join('\n'),
      json: { ipAddress: network, stillBlockedBy: wider, listedBy: lists },
    }
  },
})
