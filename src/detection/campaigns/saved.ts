import type { Knex } from 'knex'
import { campaignMembers } from '../../../models/campaign-member'
import type { Judgement } from '../judge'
import type { Campaign } from './campaign'
import { sameCampaign } from './identity'

/** After so many hours without it, a campaign is over: what is like it is another one. */
const CONTINUES_HOURS = 24

/**
 * Writes the campaigns of one hour over what an earlier look found there; `flagged` are their
 * members, without those that are allowed or dismissed for as much. What is like a campaign of the
 * last day is that campaign, going on. Whatever a person has decided about it stays, but one
 * that was blocked is open again when it has new members. Findings of the hour are told theirs.
 */
export async function saveCampaigns(
  transaction: Knex,
  hour: Date,
  campaigns: readonly Campaign[],
  flagged: readonly Judgement[],
): Promise<void> {
  const known = await knownAround(transaction, hour)
  await transaction('campaign_members').where({ window_start: hour }).delete()
  for (const campaign of campaigns) {
    const members = flagged.filter((judgement) => judgement.campaign === campaign.id)
    if (members.length === 0) continue
    const addresses = members.map(({ tally }) => tally.address)
    const same = sameCampaign({ kind: campaign.kind, members: addresses }, known)
    if (same) known.splice(known.indexOf(same), 1)
    const before = new Set<string>(same?.members)
    const grows = addresses.some((address) => !before.has(address))
    const id = same?.id ?? campaign.id
    await saveOne(transaction, hour, { ...campaign, id }, grows)
    await transaction.raw(
      `insert into campaign_members (campaign_id, window_start, ip_address, requests)
       select ?, ?, member.* from unnest(?::inet[], ?::int[]) as member`,
      [id, hour, addresses, members.map(({ tally }) => tally.requests)],
    )
  }
  await settle(transaction, hour)
}

async function knownAround(knex: Knex, hour: Date) {
  const rows = await knex('campaigns')
    .whereRaw(`first_seen <= ?::timestamptz + make_interval(hours => ${CONTINUES_HOURS})`, [hour])
    .whereRaw(`last_seen >= ?::timestamptz - make_interval(hours => ${CONTINUES_HOURS})`, [hour])
    .select<Pick<Campaign, 'id' | 'kind'>[]>('id', 'kind')
  const members = await campaignMembers.of(
    knex,
    rows.map(({ id }) => id),
  )
  return rows.map(({ id, kind }) => ({ id, kind, members: members.get(id)! }))
}

async function saveOne(
  knex: Knex,
  hour: Date,
  { id, kind, title, severity, reasons }: Campaign,
  grows: boolean,
): Promise<void> {
  await knex.raw(
    `insert into campaigns as known (id, kind, title, severity, reasons, first_seen, last_seen)
     values (:id, :kind, :title, :severity, :reasons, :hour, :hour)
         on conflict (id) do update
        set first_seen = least(known.first_seen, excluded.first_seen),
            last_seen = greatest(known.last_seen, excluded.last_seen),
            title = case when excluded.last_seen >= known.last_seen then excluded.title else known.title end,
            severity = case when excluded.last_seen >= known.last_seen then excluded.severity else known.severity end,
            reasons = case when excluded.last_seen >= known.last_seen then excluded.reasons else known.reasons end,
            status = case when known.status = 'blocked' and :grows then 'open' else known.status end`,
    { id, kind, title, severity, reasons: JSON.stringify(reasons), hour, grows },
  )
}

/** Counts anew, tells the findings of the hour their campaigns, and drops open ones that did not hold. */
async function settle(knex: Knex, hour: Date): Promise<void> {
  await knex.raw(
    `delete from campaigns
      where status = 'open' and last_seen >= ? and first_seen <= ?
        and not exists (select from campaign_members where campaign_id = campaigns.id)`,
    [hour, hour],
  )
  await knex.raw(
    `update campaigns
        set addresses = counted.addresses, requests = counted.requests
       from (select campaign_id, count(distinct ip_address) as addresses, sum(requests) as requests
               from campaign_members
              where campaign_id in (select campaign_id from campaign_members where window_start = ?)
              group by campaign_id) as counted
      where id = counted.campaign_id`,
    [hour],
  )
  await knex.raw(
    `update suspicious_ips as finding
        set campaign_id = member.campaign_id
       from suspicious_ips as same
       left join campaign_members as member
         on member.window_start = same.window_start and member.ip_address = same.ip_address
      where finding.id = same.id and same.window_start = ?
        and finding.campaign_id is distinct from member.campaign_id`,
    [hour],
  )
}
