import type { Config } from '../config'
import { attributionOf } from '../geo/attribution'

type Settings = Pick<
  Config,
  | 'ipStorage'
  | 'anonymizeAfterHours'
  | 'retentionDays'
  | 'auditDays'
  | 'honorDnt'
  | 'privacyContact'
  | 'geoCityDb'
  | 'geoApiUrl'
  | 'autoblock'
  | 'verifyCrawlers'
  | 'reverseNames'
>

/** What the service stores and for how long, from its running settings; for people and machines. */
export function privacyNotice(settings: Settings) {
  const { ipStorage, anonymizeAfterHours, retentionDays, auditDays, honorDnt, privacyContact } =
    settings
  return {
    what: [
      'the address a request came from, and the country, city and network operator it belongs to',
      'the time, method, path and query of the request, and the status of the answer',
      'the user agent the client names, and the account it was signed in with, if any',
      'counts of these per address and five minutes',
    ],
    why: 'To keep these applications secure: refusing attackers, limiting logins, finding abuse.',
    legalBasis: 'Legitimate interest in the security of the service (GDPR, article 6(1)(f)).',
    addresses: addressNotice(settings),
    retention: `Requests are deleted by the day, ${retentionDays} days after its end; findings ${retentionDays} days after they were made. A blocked address is on the blocklist until its block ends, and in the history of blocks for ${auditDays} days, as are notes and decisions about an address. Counters of limits name an address for a day at most.`,
    settings: { ipStorage, anonymizeAfterHours, retentionDays },
    decisions: decisionNotice(settings),
    rights:
      'You may ask the operator of this service for a copy of what is stored about your address and for its erasure, object to its use, and complain to a data protection authority.',
    contact: privacyContact ?? null,
    optOut: {
      how: optOutNotice(settings),
      signals: ['Sec-GPC: 1', ...(honorDnt ? ['DNT: 1'] : [])],
      page: '/privacy/opt-out',
    },
    ...outsideNotice(settings),
    attribution: attributionOf(settings),
    paragraph: paragraph(settings),
  }
}

function addressNotice({ ipStorage, anonymizeAfterHours }: Settings): string {
  switch (ipStorage) {
    case 'full':
      return `Kept whole for ${anonymizeAfterHours} hours, then cut to their network (/24, /48); whole in findings, notes and decisions, as long as these are kept.`
    case 'truncated':
      return `Cut to their network (/24, /48) before they are stored. ${WAITING}`
    case 'hashed':
      return `Replaced by pseudonyms before they are stored. ${WAITING} Each day has its own key, which is deleted ${anonymizeAfterHours} hours after the day: then nobody can go back from a pseudonym to an address.`
  }
}

/** Beside the database there is the spool. */
const WAITING =
  'Until then, seconds as a rule and longer while the database is away, they wait whole in a file.'

function decisionNotice({ autoblock }: Settings): string {
  const byThemselves =
    autoblock === 'rules'
      ? ' Fixed rules may put an address there by themselves, for a while; a person can take it off again.'
      : ' A person decides who is put there, by findings of the detection or without.'
  return `A request is refused when its address is on the blocklist, and for a while when there are too many.${byThemselves} Nobody is refused for the country they come from, nor for a learned score alone.`
}

/** What leaves the machine, if anything does; there is nothing else. */
function outsideNotice(settings: Settings): { outside?: string } {
  const { geoApiUrl, ipStorage, verifyCrawlers, reverseNames } = settings
  const told: string[] = []
  if (geoApiUrl) {
    const what =
      ipStorage === 'full'
        ? 'addresses (of those who opted out, their networks) are'
        : 'the networks of addresses (/24, /48) are'
    told.push(
      `To find places, ${what} sent to ${new URL(geoApiUrl).hostname}, without anything else about the request.`,
    )
  }
  if (verifyCrawlers === 'dns') {
    told.push('The names of addresses that say they are a search engine are asked for in DNS.')
  }
  if (reverseNames === 'dns') {
    told.push('The names of addresses that a person looks at are asked for in DNS.')
  }
  return told.length > 0 ? { outside: told.join(' ') } : {}
}

function optOutNotice({ honorDnt }: Settings): string {
  const signals = honorDnt ? 'Global Privacy Control or Do Not Track' : 'Global Privacy Control'
  return `A browser that sends ${signals}, or that was opted out at /privacy/opt-out, is still protected; its requests are stored under the network of the address, without path, query, user agent and account, and left out of statistics.`
}

/** A paragraph to paste into a site's own privacy policy. */
function paragraph(settings: Settings): string {
  const { ipStorage, anonymizeAfterHours, retentionDays, autoblock, privacyContact } = settings
  const addresses = {
    full: `Addresses are shortened after ${anonymizeAfterHours} hours`,
    truncated: 'Addresses are shortened before they are stored',
    hashed: 'Addresses are replaced by pseudonyms before they are stored',
  }[ipStorage]
  const contact = privacyContact ? ` (${privacyContact})` : ''
  const { outside } = outsideNotice(settings)
  return [
    'To protect this site against attacks we record the IP address, time, path and user agent of requests (GDPR, article 6(1)(f)).',
    `${addresses}, and records of requests are deleted after ${retentionDays} days; addresses that were found suspicious or blocked are kept longer.`,
    autoblock === 'rules'
      ? 'Suspicious addresses may be refused for a while by fixed rules, and are reviewed by a person.'
      : 'Suspicious addresses are reviewed by a person; requests may be refused.',
    ...(outside ? [outside] : []),
    `You may ask us${contact} for a copy or the erasure of what is stored about your address, and object at /privacy/opt-out or by Global Privacy Control.`,
  ].join(' ')
}

/** The notice as text, one paragraph per subject. */
export function noticeText(notice: ReturnType<typeof privacyNotice>): string {
  const contact = notice.contact ? `Ask ${notice.contact}.` : 'Ask the operator of this site.'
  return [
    'Privacy: what this service stores about visitors',
    `What is stored\n${notice.what.map((item) => `- ${item}`).join('\n')}`,
    `Why\n${notice.why}\n${notice.legalBasis}`,
    `How long\n${notice.addresses}\n${notice.retention}`,
    ...(notice.outside ? [`To whom\n${notice.outside}`] : []),
    `Decisions\n${notice.decisions}`,
    `Your rights\n${notice.rights}\n${contact}`,
    `Opting out\n${notice.optOut.how}`,
    notice.attribution,
    '',
  ].join('\n\n')
}
