import { findCovering } from '../src/blocklist/covering'
import { Orders } from '../src/blocklist/orders'
import { requireDuration } from '../src/http/duration'
import { requireNetwork } from '../src/net/network'
import { readReason } from './support/reason'
import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/block-ip.ts <ip|cidr> [--reason TEXT] [--for 24h] [--force] [--json]

Blocks an address or a network; a running service refuses it within one second.

  --reason TEXT  why, for other admins
  --for 24h      how long: a number and s, m, h, d or w; without it until somebody unblocks it
  --force        even if this shuts out the loopback, a trusted proxy or a large part of the Internet`,
  args: [1, 1],
  flags: {
    reason: { type: 'string' },
    for: { type: 'string' },
    force: { type: 'boolean' },
  },
  async run({ args: [text = ''], flags, config, openDatabase }) {
    const network = requireNetwork(text)
    const reason = readReason(flags.reason, 'blocked by hand')
    const ms = flags.for === undefined ? undefined : requireDuration(String(flags.for))
    const { models } = await openDatabase()

    const block = await new Orders(models, config.trustedProxies).block({
      network,
      reason,
      source: 'person',
      by: 'command line',
      expiresAt: ms === undefined ? null : new Date(Date.now() + ms),
      force: flags.force === true,
    })
    const { allowed } = await findCovering(models, network)
    const end = block.expiresAt ? `until ${block.expiresAt.toISOString()}` : 'without end'
    const lines = [`Blocked ${block.ipAddress} ${end}: ${block.reason}`]
    for (const { ipAddress } of allowed) {
      lines.push(`It has no effect while ${ipAddress} is allowed: allowed networks win.`)
    }
    return { text: lines.join('\n'), json: { ...block, allowedBy: allowed } }
  },
})
