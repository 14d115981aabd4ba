import { signal } from '@preact/signals'
import { post } from '../api'
import { counted } from '../text'
import { say, sayFailure, toast } from '../toast'
import type { CampaignDetail, Hit } from '../wire'
import { takeCampaign } from './decide'
import { campaignKey, load, select } from './queue'
import { changing } from './renew'

/** What a person decides about a campaign, all of it (docs/api.md, Campaigns). */
export interface CampaignDecision {
  decision: 'block' | 'dismiss'
  networks?: string[]
  for?: string
  note?: string
  force?: boolean
}

/** The campaign whose networks are on the screen: nobody blocks what was not shown. */
export const shown = signal<CampaignDetail | undefined>(undefined)

/** Well-behaved addresses that a block of these networks would shut out. */
export function collateralOf(networks: readonly Hit[]): number {
  return networks.reduce((sum, { collateral }) => sum + collateral, 0)
}

/** Networks in which nobody else behaved well. */
export function withoutCollateral(networks: readonly Hit[]): Hit[] {
  return networks.filter(({ collateral }) => collateral === 0)
}

export function namesOf(networks: readonly Hit[]): string[] {
  return networks.map(({ network }) => network)
}

/** Decides about a campaign; it leaves the queue with its findings when the service has done so. */
export async function decideCampaign(id: string, decision: CampaignDecision): Promise<void> {
  try {
    const { blocked } = await changing(() => review(id, decision))
    say({ text: told(decision, blocked), undo: () => void undo(id) })
  } catch (error) {
    sayFailure(error)
    await load()
  }
}

async function review(id: string, decision: CampaignDecision) {
  const answer = await post<{ blocked: Hit[] }>(`campaigns/${id}/review`, decision)
  takeCampaign(id)
  return answer
}

function told({ decision, for: length }: CampaignDecision, blocked: readonly Hit[]): string {
  if (decision === 'dismiss') return 'Dismissed the campaign and its findings.'
  return `Blocked ${counted(blocked.length, 'network')}${length ? ` for ${length}` : ''}.`
}

/** It comes back into the queue with the findings that were decided together with it. */
async function undo(id: string): Promise<void> {
  toast.value = undefined
  try {
    await post(`campaigns/${id}/review`, { decision: 'reopen' })
    say({ text: 'Taken back.' }, 4_000)
  } catch (error) {
    sayFailure(error)
  }
  await load()
  select(campaignKey(id))
}
