import { expect } from 'chai'
import { fuse, severityOf } from '../../../src/detection/fusion'
import { HourInMemory } from '../../../src/detection/hour/in-memory'
import type { SignatureHits, Tally } from '../../../src/detection/hour/tally'
import { judgeByRules, type RuleFindings } from '../../../src/detection/rules/rules'
import type { LogEntry } from '../../../src/request-log/entry'
import { visit, visits } from '../visits'

const address = '192.0.2.1'
const context = {
  maxRequestsPerHour: 100,
  servesAssets: true,
  namesReferers: true,
}

function tallyOf(entries: LogEntry[]): Tally {
  const hour = new HourInMemory(['/admin', '/login'])
  for (const entry of entries) hour.add(entry)
  return hour.tallies()[0]!
}

function findingsOf(entries: LogEntry[], given: Partial<Tally> = {}): RuleFindings {
  return judgeByRules({ ...tallyOf(entries), ...given }, context)
}

/** The severity without a learned score. */
function severity(findings: RuleFindings) {
  return severityOf(fuse(findings, 0), findings)
}

/** What a person reads who does nothing worse than coming once, for `count` pages. */
function pages(count: number, given: Partial<LogEntry> = {}): LogEntry[] {
  return Array.from({ length: count }, (_, i) =>
    visit({
      hasReferer: false,
      path: `/articles/about-${'abcdefghijklmnopqrstuvwxyz'[i % 26]}${'x'.repeat(i / 26)}`,
      ...given,
      address,
      timestamp: Date.parse('2026-03-01T10:00:00Z') + i * 7_000,
    }),
  )
}

describe('the two simple rules', () => {
  const broken = (entries: LogEntry[]) => findingsOf(entries).seeds.map(({ text }) => text)

  it('flag more than the allowed requests, and not just as many', () => {
    expect(broken(visits(100, 1_000, { address }))).to.deep.equal([])
    const [reason] = broken(visits(214, 1_000, { address }))
    expect(reason).to.equal('214 requests in this hour; the limit is 100')
  })

  it('flag a request for a sensitive path, and say which', () => {
    const once = visit({ address, path: '/login' })
    expect(broken([once])).to.deep.equal(['asked for /login once (sensitive)'])
    expect(broken([once, ...visits(3, 1, { address, path: '/admin/' })])).to.deep.equal([
      'asked for /admin 3 times and /login once (sensitive)',
    ])
  })

  it('make low severity, and add nothing to the risk of who shows more', () => {
    const [reason] = findingsOf([visit({ address, path: '/login' })]).seeds
    const simple = { seeds: [reason!, reason!], attacks: [] }
    expect(severity(simple)).to.equal('low')
    expect(severity({ seeds: [], attacks: [] })).to.equal('info')
    const odd = { seeds: [], attacks: [{ text: '', kind: 'rule' as const, weight: 0.5 }] }
    expect(fuse({ ...odd, seeds: simple.seeds }, 0.3)).to.equal(fuse(odd, 0.3))
    expect(fuse(simple, 0)).to.be.lessThan(fuse(odd, 0))
  })
})

describe('the rules about what attackers do', () => {
  const attacksOf = (entries: LogEntry[], given?: Partial<Tally>) =>
    findingsOf(entries, given).attacks.map(({ text }) => text)

  it('find who guesses passwords, slowly too, and whatever the site answers', () => {
    for (const status of [200, 302, 401]) {
      const guesses = visits(20, 170_000, { address, path: '/signin', method: 'POST', status })
      const findings = findingsOf(guesses)
      expect(severity(findings), `${status}`).to.equal('medium')
      expect(findings.attacks[0]!.text).to.match(
        /^tried names or passwords 20 times.*did little else$/,
      )
    }
  })

  it('tell guessing from programs that fetch a token and work with it', () => {
    const tokens = visits(10, 300_000, { address, path: '/oauth/token', method: 'POST' })
    const work = visits(12, 250_000, { address, path: '/api/deployments', method: 'POST' })
    const userAgent = 'Go-http-client/2.0'
    const findings = findingsOf([...tokens, ...work].map((entry) => ({ ...entry, userAgent })))
    expect(severity(findings)).to.equal('info')
    expect(findings.attacks.map(({ text }) => text).join()).not.to.contain('little else')
    const refused = tokens.map((entry) => ({ ...entry, status: 401, userAgent }))
    expect(severity(findingsOf(refused))).to.equal('medium')
  })

  it('leave alone who mistypes a password between other things', () => {
    const tries = visits(3, 9_000, { address, path: '/signin', method: 'POST', status: 401 })
    const style = visits(4, 1_000, { address, path: '/style.css', hasReferer: true })
    expect(attacksOf([...tries, ...style, ...pages(5)])).to.deep.equal([])
  })

  it('find who looks for what is not there, unless it is the fault of the site', () => {
    const [text] = attacksOf(pages(14, { status: 404 }))
    expect(text).to.equal('none of the 14 pages it asked for exists')
    expect(attacksOf(pages(14, { status: 404 }), { ownFaultMisses: 14 })).to.deep.equal([])
    expect(attacksOf([...pages(3, { status: 404 }), ...pages(9)])).to.deep.equal([])
  })

  it('find who counts through ids that are not his', () => {
    const ids = Array.from({ length: 40 }, (_, i) =>
      visit({
        address,
        path: `/orders/${700 + i}`,
        status: i % 2 ? 403 : 200,
        userAgent: 'curl/8',
      }),
    )
    expect(attacksOf(ids).join()).to.contain('counted through numbers in addresses 39 times')
  })

  it('find browsers that are none: many pages, and nothing of what belongs to them', () => {
    expect(attacksOf(pages(90)).join()).to.contain('says it is a browser, but loaded nothing')
    const styles = visits(30, 1_000, { address, path: '/style.css', hasReferer: true })
    expect(attacksOf([...pages(90), ...styles])).to.deep.equal([])
  })

  it('expect no styles of apps, and call neither them nor what polls a page a reader', () => {
    const poll = { address, path: '/api/news', hasReferer: false }
    for (const userAgent of [
      'AcmeApp/3.1 CFNetwork/1494.0.7 Darwin/23.4.0',
      'Dart/3.3 (dart:io)',
    ]) {
      expect(attacksOf(visits(90, 40_000, { ...poll, userAgent })), userAgent).to.deep.equal([])
      expect(attacksOf(pages(90, { userAgent })).join(), userAgent).not.to.contain('browser')
    }
    expect(attacksOf(visits(90, 40_000, poll))).to.deep.equal([])
  })

  it('find programs that read page after page, above all by number', () => {
    const userAgent = 'python-requests/2.31'
    const read = findingsOf(pages(300, { userAgent }))
    const entries = pages(300, { userAgent }).map((entry, i) => ({ ...entry, path: `/users/${i}` }))
    const findings = findingsOf(entries)
    expect(fuse(read, 0)).to.be.within(0.2, 0.45)
    expect(fuse(findings, 0)).to.be.within(0.45, 0.6)
    expect(findings.attacks[0]!.text).to.match(/^a program read \d+ different pages, one number/)
  })

  it('read no intent out of a lack of referers where browsers are asked to send none', () => {
    const quiet = { ...context, namesReferers: false }
    expect(judgeByRules(tallyOf(pages(90)), quiet).attacks).to.deep.equal([])
  })

  it('see pages that only a query tells apart', () => {
    const topics = pages(90).map((entry, i) => ({ ...entry, path: '/topic.php', query: `t=${i}` }))
    expect(attacksOf(topics).join()).to.contain('says it is a browser, but loaded nothing')
  })

  it('find a browser that goes from number to number in an API', () => {
    const bare = { ...context, servesAssets: false }
    const items = pages(120).map((entry, i) => ({ ...entry, path: `/api/items/${i}` }))
    const found = judgeByRules(tallyOf(items), bare)
    expect(severity(found)).to.equal('medium')
    expect(found.attacks[0]!.text).to.contain('went from number to number 119 times')
    const partner = items.map((entry) => ({ ...entry, userAgent: 'Java/17.0.8' }))
    expect(judgeByRules(tallyOf(partner), bare).attacks).to.deep.equal([])
  })

  it('find who tries keys, and not a program whose key has expired', () => {
    const call = { address, path: '/api/orders', status: 401, userAgent: 'Go-http-client/1.1' }
    const tries = Array.from({ length: 200 }, (_, i) =>
      visit({ ...call, timestamp: Date.parse('2026-03-01T10:00:00Z') + i * i * 50 }),
    )
    expect(attacksOf(tries).join()).to.contain('was refused 200 of 200 times')
    expect(attacksOf(visits(118, 30_000, call))).to.deep.equal([])
  })

  it('expect no styles of a site that has none', () => {
    const findings = judgeByRules(tallyOf(pages(90)), { ...context, servesAssets: false })
    expect(findings.attacks).to.deep.equal([])
  })

  it('find who floods, and who sends forms only', () => {
    expect(attacksOf(visits(2_000, 25, { address, hasReferer: true })).join()).to.contain(
      'requests within one minute',
    )
    const forms = visits(12, 60_000, {
      address,
      path: '/contact',
      method: 'POST',
      hasReferer: false,
    })
    expect(attacksOf(forms).join()).to.contain('sent 12 forms in 12 requests')
  })

  it('find who tries cards or vouchers until one is taken, though he names the page he is on', () => {
    const form = { address, method: 'POST', path: '/checkout/payment', hasReferer: true }
    const cards = visits(30, 15_000, { ...form, status: 402 })
    const findings = findingsOf([...cards, visit({ ...form, status: 302 })])
    expect(severity(findings)).to.equal('medium')
    expect(findings.attacks[0]!.text).to.match(/^sent 31 forms, 30 of them refused/)
    const mistakes = visits(4, 15_000, { ...form, status: 422 })
    const style = visits(4, 1_000, { address, path: '/style.css', hasReferer: true })
    expect(attacksOf([...mistakes, ...style, ...pages(3)])).to.deep.equal([])
    const [userAgent, status] = ['Stripe/1.0 (+https://stripe.com/docs/webhooks)', 400]
    const hooks = visits(30, 15_000, { ...form, status, userAgent })
    expect(attacksOf(hooks)).to.deep.equal([])
  })

  it('let crawlers crawl that say who they are, and no more', () => {
    const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
    expect(attacksOf(pages(200, { userAgent }))).to.deep.equal([])
    expect(attacksOf(pages(200, { userAgent, status: 404 }))).to.deep.equal([])
    const guesses = visits(20, 9_000, { address, path: '/signin', method: 'POST', userAgent })
    expect(attacksOf(guesses)).to.have.length(1)
  })

  it('find methods that the site refuses', () => {
    const connect = visit({ address, method: 'CONNECT', path: 'proxy.example:443', status: 400 })
    expect(attacksOf([connect])).to.have.length(1)
    expect(attacksOf([{ ...connect, method: 'PROPFIND', status: 207 }])).to.deep.equal([])
  })
})

describe('the rule about signatures', () => {
  const hits = (given: Partial<SignatureHits>): SignatureHits => ({
    name: 'environment-file',
    requests: 1,
    missed: 1,
    targets: 1,
    example: '/.env',
    ...given,
  })
  const weightOf = (...signatures: SignatureHits[]) =>
    fuse(findingsOf([visit({ address })], { signatures }), 0)

  it('tells what was asked for, how often, and what became of it', () => {
    const signatures = [
      hits({ requests: 14, missed: 12 }),
      hits({ name: 'version-control', example: '/.git/config' }),
    ]
    const [found] = findingsOf([visit({ address })], { signatures }).attacks
    expect(found!.text).to.match(
      /^asked 14 times for .*, 12 of them not found or refused, and for 1 more of the kind \(\/\.env, \/\.git\/config\)$/,
    )
  })

  it('believes less of what crawlers look for that say who they are, but of secrets', () => {
    const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
    const of = (name: string, agent = userAgent) => {
      const given = { signatures: [hits({ name })] }
      return severity(findingsOf([visit({ address, userAgent: agent })], given))
    }
    expect(of('backup-copy')).to.equal('info')
    expect(of('backup-copy', 'Mozilla/5.0 (X11) Firefox/130')).to.equal('medium')
    expect(of('environment-file')).to.equal('medium')
  })

  it('tells of no more requests than there were when one matches several signatures', () => {
    const example = '/.env/.git/config'
    const signatures = [
      hits({ requests: 2, missed: 2, example }),
      hits({ name: 'version-control', requests: 2, missed: 2, example }),
    ]
    const [found] = findingsOf(visits(2, 1_000, { address }), { signatures }).attacks
    expect(found!.text).to.match(/^asked 2 times for .*, all not found or refused, and for 1 more/)
    expect(found!.text.split(example)).to.have.length(2)
  })

  it('believes in what is repeated, and less in what the site serves', () => {
    expect(weightOf(hits({ requests: 9, missed: 9 }))).to.be.greaterThan(weightOf(hits({})))
    expect(weightOf(hits({ missed: 0 }))).to.be.lessThan(weightOf(hits({})))
    expect(weightOf(hits({ name: 'forgotten in a later version' }))).to.equal(0)
  })

  it('takes one such target, said again, for none: an old link to an author, a file no server has', () => {
    const asked = (numbers: readonly number[]) =>
      numbers.map((nth) => visit({ address, query: `author=${nth}`, status: 404 }))
    const severityFor = (numbers: readonly number[]) => severity(findingsOf(asked(numbers)))
    expect(severityFor([1, 1, 1, 1, 1, 1])).to.equal('info')
    expect(severityFor([1, 2, 3, 4, 5, 6])).to.equal('medium')
    const unknown = hits({ name: 'wordpress-author-number', requests: 6, missed: 6, targets: 0 })
    expect(weightOf(unknown), 'rows of an earlier version').to.be.greaterThan(0.5)
  })

  it('believes still less in what is served to those who use the site, as staff do', () => {
    const admin = hits({ name: 'wordpress-login', requests: 80, missed: 0, example: '/wp-admin/' })
    const style = visit({ address, path: '/style.css', hasReferer: true })
    const work = visits(3, 1_000, { address, path: '/wp-admin/', hasReferer: true })
    const findings = findingsOf([style, ...work], { signatures: [admin] })
    expect(findings.attacks).to.deep.equal([])
    const unnamed = tallyOf([style, ...work].map((entry) => ({ ...entry, hasReferer: false })))
    const quiet = { ...context, namesReferers: false }
    expect(judgeByRules({ ...unnamed, signatures: [admin] }, quiet).attacks).to.deep.equal([])
    expect(weightOf(admin)).to.be.greaterThan(0.1)
  })

  it('makes a request that can only be an attack medium at once, and high with another', () => {
    const one = hits({ name: 'log4shell', missed: 0 })
    expect(weightOf(one)).to.be.within(0.5, 0.9)
    expect(weightOf(one, hits({}))).to.be.greaterThan(0.9)
  })
})
