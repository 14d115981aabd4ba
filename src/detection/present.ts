import type { SuspiciousIP } from '../../models/suspicious-ip'

/** A finding as every answer shows it. */
export function presentFinding(found: SuspiciousIP) {
  const { id, incident, ipAddress, windowStart, risk, severity, reason, reasons } = found
  const { status, flaggedAt, reviewedBy, reviewedAt, note } = found
  return {
    id,
    incident,
    ipAddress,
    window: windowStart,
    risk,
    severity,
    reason,
    reasons,
    status,
    flaggedAt,
    reviewedBy,
    reviewedAt,
    note,
  }
}
