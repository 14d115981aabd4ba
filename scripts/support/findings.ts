import type { Reason, SuspiciousIP } from '../../models/suspicious-ip'

/** Findings shown to people; programs get all. */
const SHOWN = 50

/** One address and hour, as both scripts that detect tell it. */
export interface Finding {
  address: string
  window: Date
  /** 0 to 1. */
  risk: number
  severity: SuspiciousIP['severity']
  flagged: boolean
  reasons: readonly Reason[]
}

/** A table for people, the worst first, each reason on a line of its own. */
export function tableOf(findings: readonly Omit<Finding, 'flagged'>[]): string {
  if (findings.length === 0) return 'Nobody would be worth a look.'

  const worst = [...findings].sort((a, b) => b.risk - a.risk).slice(0, SHOWN)
  const width = Math.max(...worst.map(({ address }) => address.length))
  const rows = worst.flatMap(({ address, window, risk, severity, reasons }) => {
    const hour = `${window.toISOString().slice(0, 13)}h`
    const who = `${hour}  ${address.padEnd(width)}  ${risk.toFixed(2)}  ${severity.padEnd(6)}  `
    return reasons.map(({ text }, nth) => (nth === 0 ? who : ' '.repeat(who.length)) + text)
  })
  const head = `${'hour (UTC)'.padEnd(14)}  ${'address'.padEnd(width)}  risk  ${'level'.padEnd(6)}  why`
  const more = findings.length - worst.length
  return [head, ...rows, ...(more > 0 ? [`… and ${more} more (--json prints all).`] : [])].join(
    '\n',
  )
}
