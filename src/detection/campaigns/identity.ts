import { createHash } from 'node:crypto'
import type { Address } from '../../net/address'
import { truncateAddress } from '../../net/truncate'
import type { Campaign, CampaignKind } from './campaign'

/** Of the smaller one's networks, so many must be the other's too. */
const SHARED_NETWORKS = 0.2

/** A name for a campaign that nobody has seen before: 16 hexadecimal digits. */
export function campaignId(kind: CampaignKind, members: readonly Address[]): string {
  const hash = createHash('sha256').update(kind)
  for (const member of members) hash.update(' ').update(member)
  return hash.digest('hex').slice(0, 16)
}

/** What is compared to know a campaign again. */
export type Known = Pick<Campaign, 'id' | 'kind' | 'members'>

/**
 * Which of the known campaigns this is, seen again: the same kind, and of the networks (/24, /48)
 * of the smaller one's members a fifth are the other's too; of several the one that shares most.
 */
export function sameCampaign<K extends Known>(
  found: Omit<Known, 'id'>,
  known: readonly K[],
): K | undefined {
  const ours = networksOf(found.members)
  let best: { campaign: K; share: number } | undefined
  for (const campaign of known) {
    if (campaign.kind !== found.kind) continue
    const theirs = networksOf(campaign.members)
    let shared = 0
    for (const network of theirs) if (ours.has(network)) shared++
    const share = shared / Math.min(ours.size, theirs.size)
    if (share >= SHARED_NETWORKS && share > (best?.share ?? 0)) best = { campaign, share }
  }
  return best?.campaign
}

function networksOf(members: readonly Address[]): Set<string> {
  return new Set(
    members.map((address) => (address.includes('/') ? address : truncateAddress(address))),
  )
}
