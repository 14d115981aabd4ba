import type { Knex } from 'knex'
import type { Models } from '../../../models'
import type { Campaign } from '../../../models/campaign'
import { campaignMembers } from '../../../models/campaign-member'
import type { Blocklist } from '../../blocklist/blocklist'
import type { End } from '../../blocklist/escalation'
import type { Giver } from '../../http/giver'
import { type Network, overlap } from '../../net/network'
import { IsAllowed } from '../teaching/review'
import { Ground, type Hit } from './ground'

/** What a person decides about a campaign. */
export interface CampaignReview extends Giver {
  decision: 'block' | 'dismiss'
  /** With `block`: which networks; those that cover the members when not said. */
  networks?: readonly Network[] | undefined
  expiresAt: End
  /** Overrules the guards. */
  force: boolean
  note?: string | undefined
}

/** What a decision did. */
export interface Reviewed {
  campaign: Campaign
  /** The networks that are blocked by it, with whom that hits. */
  blocked: Hit[]
}

/** There is nothing to block: no network was named, and none covers the members; or it holds none. */
export class NoMembers extends Error {
  override name = 'NoMembers'
}

interface Parts {
  models: Pick<Models, 'AuditEntry' | 'Campaign' | 'SuspiciousIP'>
  blocklist: Pick<Blocklist, 'allowed' | 'blockAll'>
}

const STATUS = { block: 'blocked', dismiss: 'dismissed' } as const

/** Decisions of people about campaigns. */
export class CampaignReviews {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Blocks a campaign's networks, or dismisses it, and with it the open findings of its members; all
   * of it or nothing. Undefined when there is no such campaign. Throws `BlockRefused`, `IsAllowed`
   * and `NoMembers`, and then nothing has changed.
   */
  async decide(id: string, review: CampaignReview): Promise<Reviewed | undefined> {
    const { models, blocklist } = this.#parts
    const campaign = await models.Campaign.query().findById(id)
    if (!campaign) return undefined

    if (review.decision === 'dismiss') {
      await models.Campaign.transaction((trx) => this.#note(trx, campaign, review, []))
      return { campaign: await this.#renewed(id), blocked: [] }
    }
    const hits = await this.#hits(campaign, review.networks)
    const { by, from, expiresAt, force } = review
    const orders = hits.map(({ network }) => ({
      network,
      by,
      from,
      expiresAt,
      force,
      reason: campaign.title,
      source: 'detection' as const,
    }))
    await blocklist.blockAll(orders, (trx) => this.#note(trx, campaign, review, hits))
    return { campaign: await this.#renewed(id), blocked: hits }
  }

  /** The networks to be blocked; throws when one of them may not be. */
  async #hits({ id }: Campaign, named: readonly Network[] | undefined): Promise<Hit[]> {
    const { models, blocklist } = this.#parts
    const knex = models.Campaign.knex()
    const members = (await campaignMembers.of(knex, [id])).get(id)!
    const ground = await Ground.around(knex, members)
    const hits = named ? [...new Set(named)].map((network) => ground.hit(network)) : ground.cover()
    if (hits.length === 0) {
      throw new NoMembers('No network covers its members: their addresses are not known any more.')
    }
    const allowed = [...blocklist.allowed()]
    for (const { network, members } of hits) {
      if (members === 0) throw new NoMembers(`${network} holds no member of this campaign.`)
      const around = allowed.find((one) => overlap(one, network))
      if (!around) continue
      throw new IsAllowed(
        `${network} overlaps the allowed network ${around}: take it off that list first, or leave it out.`,
      )
    }
    return hits
  }

  async #note(
    trx: Knex.Transaction,
    { id, title }: Campaign,
    { decision, note, by, from }: CampaignReview,
    hits: readonly Hit[],
  ): Promise<void> {
    const { AuditEntry, Campaign, SuspiciousIP } = this.#parts.models
    const collateral = hits.reduce((sum, hit) => sum + hit.collateral, 0)
    const reviewed = {
      status: STATUS[decision],
      reviewedBy: by,
      reviewedAt: new Date(),
      note: note ?? null,
    }
    await Campaign.query(trx).findById(id).patch(reviewed)
    await SuspiciousIP.query(trx).where({ campaign_id: id, status: 'open' }).patch(reviewed)
    await AuditEntry.query(trx).insert({
      actor: by,
      action: `campaign.${decision}`,
      subject: null,
      details: {
        id,
        title,
        note,
        ...(decision === 'block' && { networks: hits.map(({ network }) => network), collateral }),
      },
      ipAddress: from ?? null,
    })
  }

  async #renewed(id: string): Promise<Campaign> {
    return await this.#parts.models.Campaign.query().findById(id).throwIfNotFound()
  }
}
