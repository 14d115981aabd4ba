import { findCovering } from '../src/blocklist/covering'
import { endOf, requireLength } from '../src/blocklist/escalation'
import { Orders } from '../src/blocklist/orders'
import { requireNetwork } from '../src/net/network'
import { readReason } from './support/reason'
import { runScript } from './support/script'
import { sshClient } from './support/ssh'

void runScript({
  usage: `ts-node scripts/block-ip.ts <ip|cidr> [--reason TEXT] [--for 24h|escalate] [--force] [--json]

Blocks an address or a network; a running service refuses it within one second.

  --reason TEXT   why, for other admins
  --for 24h       how long: a number and s, m, h, d or w; without it until somebody unblocks it
  --for escalate  the longer, the more often it was blocked before (BLOCK_ESCALATION)
  --force         even if this shuts out the loopback, a trusted proxy, a private network of this
                  machine, the address you are logged in from or a large part of the Internet`,
  args: [1, 1],
  flags: {
    reason: { type: 'string' },
    for: { type: 'string' },
    force: { type: 'boolean' },
  },
  async run({ args: [text = ''], flags, config, openDatabase }) {
    const network = requireNetwork(text)
    const reason = readReason(flags.reason, 'blocked by hand')
    const expiresAt = endOf(flags.for === undefined ? undefined : requireLength(String(flags.for)))
    const { models } = await openDatabase()

    const orders = new Orders(models, config.trustedProxies, config.blockEscalation)
    const from = sshClient()
    const objection = orders.objectionTo({ network, from })
    const block = await orders.block({
      network,
      reason,
      source: 'person',
      by: 'command line',
      from,
      expiresAt,
      force: flags.force === true,
    })
    const warning = objection && `Forced, although ${network} ${objection.why}.`
    if (warning) console.error(warning)

    const { allowed } = await findCovering(models, network)
    const end = block.expiresAt ? `until ${block.expiresAt.toISOString()}` : 'without end'
    const lines = [`Blocked ${block.ipAddress} ${end}: ${block.reason}`]
    for (const { ipAddress } of allowed) {
      lines.push(`It has no effect while ${ipAddress} is allowed: allowed networks win.`)
    }
    return { text: lines.join('\n'), json: { ...block, allowedBy: allowed, warning } }
  },
})
