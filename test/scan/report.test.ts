import { expect } from 'chai'
import type { ReportData, ReportedFinding } from '../../src/scan/report/data'
import { reportOf } from '../../src/scan/report/report'

const HOUR_MS = 3_600_000
const START = Date.UTC(2026, 2, 1)
const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202e\x1b[2J`

function data(given: Partial<ReportData> = {}): ReportData {
  return {
    files: ['access.log'],
    baseline: [],
    lines: { read: 12_000, accepted: 12_000, rejected: 0 },
    rejections: [],
    hours: [{ hour: new Date(START), requests: 900, addresses: 30, flagged: 300 }],
    findings: [],
    campaigns: [],
    blocks: [],
    paths: [],
    ...given,
  }
}

function finding(given: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    incident: '7hx2m9k4qd',
    address: '192.0.2.7',
    window: new Date(START),
    risk: 0.914,
    severity: 'high',
    reasons: [
      { text: 'asked for secrets', kind: 'rule', weight: 0.6 },
      { text: 'requests 300; usual here 4', kind: 'learned', weight: 0.2 },
    ],
    requests: 300,
    ...given,
  }
}

describe('the report of a scan', () => {
  it('tells who, when, how bad, why, and what would be blocked', () => {
    const page = reportOf(data({ findings: [finding()], blocks: ['192.0.2.7'] }))
    for (const text of [
      '1 address would be flagged',
      '12,000',
      '192.0.2.7',
      '2026-03-01 00:00 UTC, 300 requests · 7hx2m9k4qd',
      '0.91',
      'asked for secrets',
      'width:75%',
      "import-blocklist.ts - --source scan-log &lt;&lt;'END'\n192.0.2.7\nEND",
    ]) {
      expect(page).to.contain(text)
    }
  })

  it('says so when nobody would be flagged, and when nothing was read', () => {
    expect(reportOf(data())).to.contain('Nobody would be flagged')
    expect(reportOf(data({ hours: [] }))).not.to.contain('<svg')
  })

  it('shows what attackers sent as text, wherever it stands', () => {
    const reasons = [{ text: HOSTILE, kind: 'rule' as const, weight: 1 }]
    const rejection = { file: HOSTILE, line: 1, reason: HOSTILE, text: HOSTILE }
    const page = reportOf(
      data({
        files: [HOSTILE],
        baseline: [HOSTILE],
        rejections: [rejection],
        findings: [finding({ reasons, address: HOSTILE })],
        campaigns: [
          {
            id: 'x',
            kind: 'hunt',
            title: HOSTILE,
            members: [HOSTILE],
            networks: [HOSTILE],
            collateral: [HOSTILE],
            reasons,
          },
        ],
        paths: [{ path: HOSTILE, requests: 1, missed: 1, addresses: 1 }],
      }),
    )
    expect(page).not.to.match(/<script|<img|onerror='/)
    expect(page).not.to.contain('\u202e').and.not.to.contain('\x1b')
    expect(page.split('&lt;script&gt;alert(1)&lt;/script&gt;')).to.have.length.above(9)
  })

  it('fetches nothing and runs nothing', () => {
    const page = reportOf(data({ findings: [finding()] }))
    expect(page).to.contain('default-src &#39;none&#39;')
    expect(page).not.to.match(/https?:|url\(|<script|<link|@import| src=/)
  })

  it('draws hours without requests, and more hours than there is room for', () => {
    const bars = (hours: number[]) => {
      const of = (nth: number) => {
        return { hour: new Date(START + nth * HOUR_MS), requests: 9, addresses: 1, flagged: 0 }
      }
      return reportOf(data({ hours: hours.map(of) })).split('<g>').length - 1
    }
    expect(bars([0, 5])).to.equal(6)
    expect(bars([0, 10_000])).to.be.within(50, 168)
    expect(bars([0, 1_000_000])).to.be.within(2, 168)
  })

  it('is short, however much was found', () => {
    const findings = Array.from({ length: 5_000 }, () => finding())
    const page = reportOf(data({ findings }))
    expect(page.length).to.be.below(300_000)
    expect(page).to.contain('… and 4,800 more')
  })
})
