import { isCertain } from '../detection/autoblock'
import { incidentsNamedWith } from '../detection/finding-incident'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'
import { CampaignLog } from './campaign-log'
import type { ScannedHour } from './judge-logs'
import type { ReportedCampaign, ReportedFinding, ReportedHour } from './report/data'

/** The service names findings by a secret of its own, which a scan does not know. */
const nameIncident = incidentsNamedWith('scan-log')

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
  readonly #blocks = new Set<Address>()
  readonly #seen = new Set<Address>()
  readonly #flagged = new Set<Address>()

  constructor(all: boolean) {
    this.#all = all
  }

  add({ hour, judgements, campaigns }: ScannedHour): void {
    const counts = { hour, requests: 0, addresses: judgements.length, flagged: 0 }
    for (const judgement of judgements) {
      const { tally, risk, severity, reasons, flagged } = judgement
      const { address, requests } = tally
      counts.requests += requests
      this.#seen.add(address)
      if (flagged) this.#flagged.add(address)
      if (flagged) counts.flagged += requests
      if (flagged && isCertain(judgement)) this.#blocks.add(address)
      if (!flagged && !this.#all) continue
      const incident = nameIncident(address, hour)
      const found = { incident, address, window: hour, risk, severity, reasons, requests, flagged }
      this.#findings.push(found)
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
    const findings = this.#findings.map(({ requests: _, ...finding }) => finding)
    return { findings, campaigns: this.#reported() }
  }

  #reported(): ReportedCampaign[] {
    return this.#campaigns.list().map(({ networks, id, kind, title, members, reasons }) => {
      const covering = networks.map(({ network }) => network)
      const collateral = this.#wellBehavedIn(covering, members)
      return { id, kind, title, members, networks: covering, collateral, reasons }
    })
  }

  /** Who came, was never flagged, is no member, and would be hit by a block of these networks. */
  #wellBehavedIn(networks: readonly Network[], members: readonly Address[]): Address[] {
    const blocked = NetworkSet.from(networks.map((network) => ({ network, value: true as const })))
    const bad = new Set([...members, ...this.#flagged])
    return [...this.#seen].filter((address) => !bad.has(address) && blocked.find(address))
  }
}
