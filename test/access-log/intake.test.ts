import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import { Intake } from '../../src/access-log/intake'

const GOOD = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5'

describe('taking in lines', () => {
  it('counts, names the first bad lines, and goes on', () => {
    const intake = new Intake(anyFormat(), () => true)
    intake.take([GOOD, '', 'bad \x1b[2J', GOOD])
    intake.take([...Array.from({ length: 100 }, () => 'bad'), GOOD.replace(':10:', ':12:')])

    expect(intake).to.include({ accepted: 3, rejected: 101, lines: 105 })
    expect(intake.firstRejected).to.have.length(10)
    expect(intake.firstRejected[0]).to.include({ line: 3, text: 'bad \\x1b[2J' })
    expect(intake.until - intake.since).to.equal(2 * 3_600_000)
  })

  it('accepts all entries of a piece or none, and stops when they cannot be kept', () => {
    const pieces = [true, false]
    const intake = new Intake(anyFormat(), () => pieces.shift() ?? false)

    expect(intake.take([GOOD, 'bad', GOOD])).to.equal(true)
    expect(intake.take([GOOD, GOOD])).to.equal(false)
    expect(intake).to.include({ accepted: 2, rejected: 1 })
  })
})
