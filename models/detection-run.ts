import { BaseModel } from './base'

/** The claim to judge one closed hour, and afterwards the record that it was judged. */
export class DetectionRun extends BaseModel {
  static override tableName = 'detection_runs'
  static override idColumn = 'hour'
  static override jsonAttributes = ['facts']

  hour!: Date
  claimedBy!: string
  claimedAt!: Date
  heartbeatAt!: Date
  attempts!: number
  finishedAt!: Date | null
  error!: string | null
  addresses!: number | null
  flagged!: number | null
  facts!: Record<string, unknown>
}
