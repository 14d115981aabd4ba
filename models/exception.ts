import type { Pojo } from 'objection'
import { type Network, parseNetwork } from '../src/net/network'
import { BaseModel } from './base'

/** Requests that a person has called normal: those from a network, for a path, by an agent. */
export class Exception extends BaseModel {
  static override tableName = 'exceptions'

  id!: number
  network!: Network
  /** Null for any path; `PathPattern` reads it. */
  path!: string | null
  /** Part of the user agent, in whatever case; null for any. */
  agent!: string | null
  reason!: string
  /** The finding whose dismissal made it. */
  findingId!: number | null
  madeBy!: string
  madeAt!: Date
  expiresAt!: Date

  override $parseDatabaseJson(json: Pojo): Pojo {
    const row = super.$parseDatabaseJson(json)
    if (typeof row.network === 'string') row.network = parseNetwork(row.network) ?? row.network
    return row
  }
}
