import type { Campaign } from '../detection/campaigns/campaign'
import { sameCampaign } from '../detection/campaigns/identity'

/** Gathers campaigns hour by hour: one that goes on is one, with all its members. */
export class CampaignLog {
  readonly #campaigns: Campaign[] = []

  add(campaigns: readonly Campaign[]): void {
    for (const campaign of campaigns) {
      const known = sameCampaign(campaign, this.#campaigns)
      if (!known) {
        this.#campaigns.push({ ...campaign })
        continue
      }
      const networks = new Map(known.networks.map((covered) => [covered.network, covered]))
      for (const covered of campaign.networks) networks.set(covered.network, covered)
      // It is told as it was at its largest.
      if (campaign.members.length > known.members.length) {
        Object.assign(known, { title: campaign.title, reasons: campaign.reasons })
        known.severity = campaign.severity
      }
      known.members = [...new Set([...known.members, ...campaign.members])].sort()
      known.networks = [...networks.values()]
      known.requests += campaign.requests
    }
  }

  list(): readonly Campaign[] {
    return this.#campaigns
  }
}
