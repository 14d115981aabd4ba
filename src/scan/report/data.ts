import type { Reason, SuspiciousIP } from '../../../models/suspicious-ip'
import type { Rejection } from '../../access-log/intake'
import type { AskedPath } from '../asked-paths'

/** A flagged address in one hour. */
export interface ReportedFinding {
  /** The same whenever this hour of this address is scanned. */
  incident: string
  address: string
  window: Date
  /** 0 to 1. */
  risk: number
  severity: SuspiciousIP['severity']
  reasons: readonly Reason[]
  requests: number
}

/** Addresses that do one thing together. */
export interface ReportedCampaign {
  id: string
  kind: string
  title: string
  members: readonly string[]
  networks: readonly string[]
  /** Well-behaved addresses inside the networks. */
  collateral: readonly string[]
  reasons: readonly Reason[]
}

export interface ReportedHour {
  hour: Date
  requests: number
  addresses: number
  /** Requests of flagged addresses. */
  flagged: number
}

/** What a report tells. */
export interface ReportData {
  /** Names of the files that were read. */
  files: readonly string[]
  baseline: readonly string[]
  lines: { read: number; accepted: number; rejected: number }
  rejections: readonly (Rejection & { file: string })[]
  /** Those with requests, the oldest first. */
  hours: readonly ReportedHour[]
  /** The worst first. */
  findings: readonly ReportedFinding[]
  campaigns: readonly ReportedCampaign[]
  /** Addresses and networks that would be blocked, where that is switched on. */
  blocks: readonly string[]
  /** Undefined when the input could be read only once. */
  paths: readonly AskedPath[] | undefined
}
