import type { Knex } from 'knex'
import { raw } from 'objection'
import type { Models } from '../../../models'
import type { Campaign } from '../../../models/campaign'
import { campaignMembers } from '../../../models/campaign-member'
import type { Blocklist } from '../../blocklist/blocklist'
import type { End } from '../../blocklist/escalation'
import type { Giver } from '../../http/giver'
import { type Network, overlap, requireNetwork } from '../../net/network'
import type { Bus } from '../../platform/bus'
import { IsAllowed } from '../teaching/review'
import { Ground, type Hit } from './ground'

/** What a person decides about a campaign. */
export interface CampaignReview extends Giver {
  decision: 'block' | 'dismiss' | 'reopen'
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
  models: Pick<Models, 'AuditEntry' | 'BlockedIP' | 'Campaign' | 'SuspiciousIP'>
  blocklist: Pick<Blocklist, 'allowed' | 'blockAll' | 'withdraw'>
  /** Is told of every decision. */
  bus: Pick<Bus, 'publish'>
}

const STATUS = { block: 'blocked', dismiss: 'dismissed', reopen: 'open' } as const

/** Decisions of people about campaigns. */
export class CampaignReviews {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Blocks a campaign's networks, or dismisses it, and with it the open findings of its members; all
   * of it or nothing. `reopen` takes that back: the findings that were decided with it are open
   * again, and the blocks that it made end, unless somebody has taken them over. Undefined when there is no such campaign. Throws `BlockRefused`, `IsAllowed`
   * and `NoMembers`, and then nothing has changed.
   */
  async decide(id: string, review: CampaignReview): Promise<Reviewed | undefined> {
    const { models } = this.#parts
    const campaign = await models.Campaign.query().findById(id)
    if (!campaign) return undefined

    if (review.decision === 'block') return this.#block(campaign, review)
    if (review.decision === 'reopen' && campaign.status === 'open') return { campaign, blocked: [] }
    await models.Campaign.transaction((trx) => this.#note(trx, campaign, review, []))
    await this.#withdraw(campaign, review)
    return this.#decided(id, [])
  }

  async #block(campaign: Campaign, review: CampaignReview): Promise<Reviewed> {
    const { models, blocklist } = this.#parts
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
    const blocks = await blocklist.blockAll(orders, (trx) => {
      return this.#note(trx, campaign, review, hits)
    })
    // A block that a person has given stays theirs.
    const made = blocks.filter(({ source }) => source === 'detection').map(({ id }) => id)
    await models.Campaign.query()
      .findById(campaign.id)
      .patch({ blockIds: [...new Set([...campaign.blockIds, ...made])] })
    return this.#decided(campaign.id, hits)
  }

  /** Ends the blocks that decisions about the campaign have made. */
  async #withdraw({ id, blockIds }: Campaign, { by, from }: CampaignReview): Promise<void> {
    if (blockIds.length === 0) return
    const { models, blocklist } = this.#parts
    for (const block of await models.BlockedIP.query().findByIds(blockIds)) {
      await blocklist.withdraw({ network: requireNetwork(block.ipAddress), by, from }, block.id)
    }
    await models.Campaign.query().findById(id).patch({ blockIds: [] })
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
    { id, title, reviewedAt }: Campaign,
    { decision, note, by, from }: CampaignReview,
    hits: readonly Hit[],
  ): Promise<void> {
    const { AuditEntry, Campaign, SuspiciousIP } = this.#parts.models
    const collateral = hits.reduce((sum, hit) => sum + hit.collateral, 0)
    const isBack = decision === 'reopen'
    const reviewed = {
      status: STATUS[decision],
      reviewedBy: isBack ? null : by,
      reviewedAt: isBack ? null : new Date(),
      note: note ?? null,
    }
    await Campaign.query(trx).findById(id).patch(reviewed)
    // Those that were decided with the campaign have its time; others were decided on their own.
    const findings = isBack ? { reviewed_at: reviewedAt } : { status: 'open' }
    await SuspiciousIP.query(trx)
      .where({ campaign_id: id, ...findings })
      .patch({ ...reviewed, revision: raw('revision + 1') })
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

  async #decided(id: string, blocked: Hit[]): Promise<Reviewed> {
    const { models, bus } = this.#parts
    const campaign = await models.Campaign.query().findById(id).throwIfNotFound()
    await bus.publish('findings')
    return { campaign, blocked }
  }
}
