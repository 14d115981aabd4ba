import { expect } from 'chai'
import type { Judgement } from '../../../src/detection/judge'
import { Dismissals } from '../../../src/detection/teaching/dismissals'

const ADDRESS = '203.0.113.9'
const DAY_MS = 86_400_000

describe('what people have dismissed', () => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  const dismissed = (days: number, risk = 0.3) =>
    new Dismissals([{ address: ADDRESS, risk, reviewedAt: new Date(now - days * DAY_MS) }], now)
  const judged = (risk: number, severity: Judgement['severity'] = 'low', address = ADDRESS) =>
    ({ tally: { address }, risk, severity, reasons: [], flagged: true }) as unknown as Judgement
  const heeded = (dismissals: Dismissals, judgement: Judgement) => dismissals.heed([judgement])[0]!

  it('holds back the same again, and nobody else', () => {
    expect(heeded(dismissed(0), judged(0.3))).to.include({ flagged: false })
    expect(heeded(dismissed(0), judged(0.3, 'low', '203.0.113.10'))).to.include({ flagged: true })
  })

  it('lets what is worse return, and says so', () => {
    const back = heeded(dismissed(0), judged(0.6, 'medium'))
    expect(back.flagged).to.equal(true)
    expect(back.reasons[0]!.text).to.equal(
      'back after it was dismissed on 2026-03-10: a risk of 0.60 is more than the 0.40 it takes now',
    )
  })

  it('fades: half after a week, and forgotten after four', () => {
    expect(heeded(dismissed(6), judged(0.3))).to.include({ flagged: true })
    expect(heeded(dismissed(6, 0.5), judged(0.3))).to.include({ flagged: false })
    expect(heeded(dismissed(29, 0.89), judged(0.01)).reasons).to.deep.equal([])
  })

  it('never holds back what is of high severity', () => {
    const back = heeded(dismissed(0, 0.99), judged(0.95, 'high'))
    expect(back.flagged).to.equal(true)
    expect(back.reasons[0]!.text).to.include('high severity is never held back')
  })
})
