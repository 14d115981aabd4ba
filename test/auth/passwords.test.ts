import { expect } from 'chai'
import { Passwords, passwordProblem } from '../../src/auth/passwords'
import { TooBusy } from '../../src/auth/turns'
import { processorMs } from '../support/processor-time'

describe('Passwords', () => {
  const passwords = new Passwords()

  it('knows a password again, and no other', async () => {
    const stored = await passwords.hash('correct horse battery')
    expect(await passwords.verify('correct horse battery', stored)).to.equal(true)
    expect(await passwords.verify('correct horse batterie', stored)).to.equal(false)
  })

  it('stores argon2id with the parameters OWASP names, salted', async () => {
    const [one, two] = [await passwords.hash('the same'), await passwords.hash('the same')]
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.to.equal(two)
  })

  it('takes the same text typed on another keyboard for the same password', async () => {
    const stored = await passwords.hash('caf\u00e9 au lait, please')
    expect(await passwords.verify('cafe\u0301 au lait, please', stored)).to.equal(true)
  })

  it('refuses when there is nothing stored, in the same time', async () => {
    const stored = await passwords.hash('correct horse battery')
    await passwords.verify('warming up', stored)
    await passwords.verify('warming up', undefined)
    // The least of each, by turns: neither has a quieter moment than the other.
    let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let i = 0; i < 8; i++) {
      known = Math.min(known, await processorMs(() => passwords.verify('wrong', stored)))
      unknown = Math.min(unknown, await processorMs(() => passwords.verify('wrong', undefined)))
    }
    expect(await passwords.verify('wrong', undefined)).to.equal(false)
    expect(unknown / known).to.be.within(0.5, 2)
  })

  it('refuses work that would have to wait for too long', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 130 }, () => passwords.hash('flood')),
    )
    const refused = results.filter(({ status }) => status === 'rejected')
    expect(refused).to.have.length(68)
    for (const result of refused) expect(result).to.have.property('reason').instanceOf(TooBusy)
    expect(await passwords.hash('after the flood')).to.be.a('string')
  })
})

describe('passwordProblem', () => {
  it('asks for length and nothing else', () => {
    expect(passwordProblem('all lowercase')).to.equal(undefined)
    expect(passwordProblem('short words')).to.match(/at least 12 characters/)
    expect(passwordProblem('🐎'.repeat(11))).to.match(/at least 12 characters/)
    expect(passwordProblem('🐎'.repeat(12))).to.equal(undefined)
    expect(passwordProblem('x'.repeat(1_025))).to.match(/longer than 1024 bytes/)
  })
})
