import type { z } from 'zod'
import type * as auth from '../../src/auth/answers'
import type * as blocklist from '../../src/blocklist/answers'
import type * as detection from '../../src/detection/answers'
import type * as insights from '../../src/insights/answers'
import type * as privacy from '../../src/privacy/answers'
import type * as log from '../../src/request-log/answers'

/** What the admin API answers by such a schema. Types only: nothing of the service comes into the page. */
type Told<Schema extends z.ZodType> = AsJson<z.infer<Schema>>

/** What becomes of it on the way: moments are text (ISO 8601). */
type AsJson<Value> = Value extends Date
  ? string
  : Value extends object
    ? { [Name in keyof Value]: AsJson<Value[Name]> }
    : Value

export interface List<Item> {
  items: Item[]
  next: string | null
}

export type Traffic = Told<typeof insights.TrafficAnswer>
export type Totals = Traffic['totals']
export type Top = Told<typeof insights.TopAnswer>
export type Request = Told<typeof log.RequestAnswer>

export type Reason = Told<typeof detection.ReasonAnswer>
export type Finding = Told<typeof detection.FindingAnswer>
export type FindingDetail = Told<typeof detection.FindingDetailAnswer>
export type Campaign = Told<typeof detection.CampaignAnswer>
export type CampaignDetail = Told<typeof detection.CampaignDetailAnswer>
export type Hit = Told<typeof detection.HitAnswer>

export type Described = Told<typeof insights.AddressAnswer>
export type Place = Described['place']
export type Names = Told<typeof insights.NamesAnswer>
export type Note = Told<typeof insights.NoteAnswer>
export type NetworkSeen = Told<typeof insights.NetworkAnswer>

export type Block = Told<typeof blocklist.BlockAnswer>
export type Allowed = Told<typeof blocklist.AllowedAnswer>
export type ImportReport = Told<typeof blocklist.ImportAnswer>

export type Run = Told<typeof detection.RunAnswer>
export type Exception = Told<typeof detection.ExceptionAnswer>
export type BackTest = Told<typeof detection.BacktestAnswer>
export type TrialFlags = NonNullable<BackTest['result']>['added']

/** What the learned part of a risk rests on. */
export interface ModelCard extends Omit<Told<typeof detection.ModelCardAnswer>, 'lastTraining'> {
  lastTraining: {
    hour: string
    state: 'off' | 'failed' | 'learning' | 'trained'
    needed?: number
    promoted?: boolean
    why?: string
    error?: string
  } | null
}

export type Person = Told<typeof auth.AccountAnswer>
export type Session = Told<typeof auth.SessionAnswer>
export type Key = Told<typeof auth.KeyAnswer>
export type KeyList = Told<typeof auth.KeysAnswer>
export type AuditEntry = Told<typeof insights.AuditAnswer>
export type Storage = Told<typeof insights.StorageAnswer>
export type Notice = Told<typeof privacy.NoticeAnswer>
export type Erasure = Told<typeof privacy.ErasureAnswer>
