import type { Knex } from 'knex'
import { type Address, parseAddress } from '../src/net/address'
import { requireNetwork } from '../src/net/network'

/** Rows of `campaign_members`: which stored address took part in a campaign in which hour. */
export const campaignMembers = {
  /** The members of each of these campaigns, as they are stored: whole, truncated or pseudonyms. */
  async of(knex: Knex, campaigns: readonly string[]): Promise<Map<string, Address[]>> {
    const { rows } = await knex.raw<{ rows: { campaign: string; address: string }[] }>(
      `select distinct campaign_id as campaign, ip_address as address
         from campaign_members
        where campaign_id = any (?)
        order by address`,
      [[...campaigns]],
    )
    const members = new Map<string, Address[]>(campaigns.map((id) => [id, []]))
    for (const { campaign, address } of rows) members.get(campaign)!.push(canonical(address))
    return members
  },

  /** What is stored of one address, in all its forms: a row per campaign and hour. */
  async ofAddress(knex: Knex, forms: readonly string[]): Promise<object[]> {
    const { rows } = await knex.raw<{ rows: object[] }>(
      `select member.campaign_id as campaign, kind, member.window_start as "window", member.requests
         from campaign_members as member join campaigns on campaigns.id = campaign_id
        where ip_address = any (?::inet[])
        order by member.window_start desc`,
      [[...forms]],
    )
    return rows
  },

  /** Deletes what is stored of one address; answers how many rows. */
  async erase(trx: Knex, forms: readonly string[]): Promise<number> {
    const { rowCount } = await trx.raw<{ rowCount: number }>(
      'delete from campaign_members where ip_address = any (?::inet[])',
      [[...forms]],
    )
    return rowCount
  },

  /**
   * Makes networks (/24, /48) of the addresses of hours that begin before `until`, unless they came
   * in the last day: an imported log is kept whole for so long, so that it can be judged.
   */
  async truncate(knex: Knex, until: Date): Promise<number> {
    const { rowCount } = await knex.raw<{ rowCount: number }>(
      `with due as (
         delete from campaign_members
          where window_start < ? and saved_at < now() - interval '24 hours'
            and masklen(ip_address) = case family(ip_address) when 4 then 32 else 128 end
          returning *, network(set_masklen(ip_address, case family(ip_address) when 4 then 24 else 48 end)) as network
       )
       insert into campaign_members as known (campaign_id, window_start, ip_address, requests, saved_at)
       select campaign_id, window_start, network, sum(requests), min(saved_at)
         from due
        group by campaign_id, window_start, network
           on conflict (campaign_id, window_start, ip_address) do update
          set requests = known.requests + excluded.requests`,
      [until],
    )
    return rowCount
  },
}

function canonical(address: string): Address {
  return parseAddress(address) ?? (requireNetwork(address) as string as Address)
}
