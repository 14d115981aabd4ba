import type { z } from 'zod'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { AllowedAnswer, BlockAnswer } from './answers'

/** A block as the admin API tells it. */
export function presentBlock(block: BlockedIP): z.infer<typeof BlockAnswer> {
  const { id, ipAddress, reason, source, sourceName, blockedBy, blockedAt, expiresAt } = block
  const { hits = 0, lastHitAt = null } = block
  return {
    id,
    ipAddress,
    reason,
    source,
    sourceName,
    blockedBy,
    blockedAt,
    expiresAt,
    hits,
    lastHitAt,
  }
}

/** An allowed network as the admin API tells it. */
export function presentAllowed(network: AllowedNetwork): z.infer<typeof AllowedAnswer> {
  const { id, ipAddress, reason, allowedBy, allowedAt } = network
  return { id, ipAddress, reason, allowedBy, allowedAt }
}
