import { isHighByRules } from '../detection/autoblock'
import { CampaignLog } from './campaign-log'
import type { ScannedHour } from './judge-logs'
import type { ReportedCampaign, ReportedFinding, ReportedHour } from './report/data'

/** What `scan-log --json` prints, but for the lines. */
export interface ScanDocument {
  findings: (Omit<ReportedFinding, 'requests'> & { flagged: boolean })[]
  campaigns: ReportedCampaign[]
}

/** Gathers what was thought of the hours of logs; of who is not flagged only counts, unless all are wanted. */
export class Scan {
  readonly #all: boolean
  readonly #findings: (ReportedFinding & { flagged: boolean })[] = []
  readonly #hours: ReportedHour[] = []
  readonly #campaigns = new CampaignLog()
  readonly #blocks = new Set<string>()

  constructor(all: boolean) {
    this.#all = all
  }

  add({ hour, judgements, campaigns }: ScannedHour): void {
    const counts = { hour, requests: 0, addresses: judgements.length, flagged: 0 }
    for (const judgement of judgements) {
      const { tally, risk, severity, reasons, flagged } = judgement
      const { address, requests } = tally
      counts.requests += requests
      if (flagged) counts.flagged += requests
      if (flagged && isHighByRules(judgement)) this.#blocks.add(address)
      if (!flagged && !this.#all) continue
      this.#findings.push({ address, window: hour, risk, severity, reasons, requests, flagged })
    }
    this.#hours.push(counts)
    this.#campaigns.add(campaigns)
  }

  /** Who was flagged, the worst first, and what else a report tells of the hours. */
  result() {
    return {
      findings: this.#findings
        .filter(({ flagged }) => flagged)
        .sort((a, b) => b.risk - a.risk || b.requests - a.requests),
      hours: this.#hours,
      campaigns: this.#reported(),
      blocks: [...this.#blocks],
    }
  }

  document(): ScanDocument {
    const findings = this.#findings.map(({ address, window, risk, severity, flagged, reasons }) => {
      return { address, window, risk, severity, flagged, reasons }
    })
    return { findings, campaigns: this.#reported() }
  }

  #reported(): ReportedCampaign[] {
    return this.#campaigns.list().map(({ networks, id, kind, title, members, reasons }) => {
      // Networks are made around nobody who was seen and is no member.
      const collateral: string[] = []
      const covering = networks.map(({ network }) => network)
      return { id, kind, title, members, networks: covering, collateral, reasons }
    })
  }
}
