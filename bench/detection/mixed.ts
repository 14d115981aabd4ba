import type { Address } from '../../src/net/address'
import type { LogEntry } from '../../src/request-log/entry'
import { areaUnderCurve } from './figures'
import { knownAmong } from './hours'
import type { Label, Window } from './logs'
import { atLeast, heading, line } from './report'
import { scan } from './scan'

const HOUR_MS = 3_600_000
const FEW_OTHERS = 40
const TWINS = 50
const ORDINARY = 950

/** Prints what becomes of hours that belong to attackers: by their number, or all alike. */
export async function benchMixed(windows: readonly Window[]): Promise<void> {
  heading('hours of attackers')
  for (const site of new Set(windows.map((window) => window.site))) {
    const ofSite = windows.filter((window) => window.site === site)
    const { entries, labels } = majority(ofSite)
    const known = knownAmong(await scan(entries, ofSite[0]!.baseline), labels)
    const attackers = known.filter(({ attacker }) => attacker).length
    const area = areaUnderCurve(known)
    line(
      `${site}: ${attackers} attackers, ${known.length - attackers} others, with a baseline: AUC`,
      area.toFixed(4),
      atLeast(area, 0.97),
    )
  }
  const { entries, labels } = twins()
  const area = areaUnderCurve(knownAmong(await scan(entries), labels))
  line(
    `${TWINS} identical attackers among ${TWINS + ORDINARY}: AUC`,
    area.toFixed(4),
    atLeast(area, 0.99),
  )
}

/** The attackers of all these windows in one hour, and a few of the others. */
function majority(windows: readonly Window[]) {
  const labels = new Map<string, Label>()
  const entries: LogEntry[] = []
  const start = Math.floor(windows[0]!.entries[0]!.timestamp / HOUR_MS) * HOUR_MS
  windows.forEach((window, nth) => {
    const others = [...window.labels].filter(([, { attacker }]) => !attacker)
    const few = new Set(
      others
        .filter((_, i) => i % Math.ceil(others.length / (FEW_OTHERS / windows.length)) === nth)
        .map(([address]) => address),
    )
    for (const entry of window.entries) {
      const label = window.labels.get(entry.address)
      if (!label || (!label.attacker && !few.has(entry.address))) continue
      labels.set(entry.address, label)
      entries.push({ ...entry, timestamp: start + (entry.timestamp % HOUR_MS) })
    }
  })
  return { entries, labels }
}

/** Readers of a small site, and one attack from many addresses that differ in nothing. */
function twins() {
  const start = Date.parse('2026-03-01T10:00:00Z')
  const labels = new Map<string, Label>()
  const entries: LogEntry[] = []
  const add = (address: string, given: Partial<LogEntry>) =>
    entries.push({
      timestamp: start,
      method: 'GET',
      path: '/',
      query: '',
      status: 200,
      durationMs: null,
      bytes: 5_000,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      hasReferer: true,
      account: null,
      source: 'ingest',
      ...given,
      address: address as Address,
    })
  for (let i = 0; i < ORDINARY; i++) {
    const address = `198.51.${i >> 8}.${i & 255}`
    labels.set(address, { attacker: false, kind: 'reader' })
    for (let page = 0; page < 1 + (i % 6); page++) {
      const timestamp = start + ((i * 37) % 50) * 60_000 + page * (4_000 + ((i * 7_919) % 30_000))
      add(address, {
        timestamp,
        path: `/articles/${(i * 3 + page * 7) % 40}`,
        hasReferer: page > 0,
      })
      add(address, { timestamp: timestamp + 300, path: '/style.css', bytes: 900 + (i % 7) })
    }
  }
  for (let i = 0; i < TWINS; i++) {
    const address = `203.0.113.${i}`
    labels.set(address, { attacker: true, kind: 'twin' })
    for (let nth = 0; nth < 40; nth++) {
      const timestamp = start + nth * 60_000 + i
      add(address, { timestamp, path: `/articles/${nth}`, query: 'export=1', hasReferer: false })
    }
  }
  return { entries, labels }
}
