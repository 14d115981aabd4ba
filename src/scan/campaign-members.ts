import type { Campaign } from '../detection/campaigns/campaign'
import { severityOf } from '../detection/fusion'
import type { Judgement } from '../detection/judge'

/** What being a member is worth, by how severe the campaign is. */
const WEIGHTS = { high: 0.9, medium: 0.6, low: 0.45, info: 0.3 }

/** Judgements in which the members of campaigns are told so, and their risk is raised by it. */
export function withCampaigns(
  judgements: readonly Judgement[],
  campaigns: readonly Campaign[],
): readonly Judgement[] {
  if (campaigns.length === 0) return judgements
  const membership = new Map<string, Campaign>()
  for (const campaign of campaigns) {
    for (const member of campaign.members) membership.set(member, campaign)
  }
  return judgements.map((judgement) => {
    const campaign = membership.get(judgement.tally.address)
    return campaign ? asMember(judgement, campaign) : judgement
  })
}

function asMember(judgement: Judgement, { title, severity: theirs }: Campaign): Judgement {
  const weight = WEIGHTS[theirs]
  const risk = 1 - (1 - judgement.risk) * (1 - weight)
  const severity = severityOf(risk, { seeds: [] })
  const reason = { text: `one of ${title}`, kind: 'campaign' as const, weight }
  const reasons = [...judgement.reasons, reason].sort((a, b) => b.weight - a.weight)
  const flagged = judgement.flagged || severity !== 'info'
  return { ...judgement, risk, reasons, flagged, severity }
}
