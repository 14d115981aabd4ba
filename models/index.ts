import type { Knex } from 'knex'
import { Account } from './account'
import { AddressNote } from './address-note'
import { AllowedNetwork } from './allowed-network'
import { ApiKey } from './api-key'
import { AuditEntry } from './audit-entry'
import { BlockedIP } from './blocked-ip'
import { Campaign } from './campaign'
import { DetectionRun } from './detection-run'
import { Exception } from './exception'
import { RequestLog } from './request-log'
import { Session } from './session'
import { SuspiciousIP } from './suspicious-ip'

export type Models = ReturnType<typeof bindModels>

/** The models bound to one database; nothing is global, so two services can live in one process. */
export function bindModels(knex: Knex) {
  return {
    Account: Account.bindKnex(knex),
    AddressNote: AddressNote.bindKnex(knex),
    AllowedNetwork: AllowedNetwork.bindKnex(knex),
    ApiKey: ApiKey.bindKnex(knex),
    AuditEntry: AuditEntry.bindKnex(knex),
    BlockedIP: BlockedIP.bindKnex(knex),
    Campaign: Campaign.bindKnex(knex),
    DetectionRun: DetectionRun.bindKnex(knex),
    Exception: Exception.bindKnex(knex),
    RequestLog: RequestLog.bindKnex(knex),
    Session: Session.bindKnex(knex),
    SuspiciousIP: SuspiciousIP.bindKnex(knex),
  }
}
