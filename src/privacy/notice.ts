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
    retention: `Requests and findings are deleted after ${retentionDays} days. A blocked address is on the blocklist until its block ends, and in the history of blocks for ${auditDays} days.`,
    settings: { ipStorage, anonymizeAfterHours, retentionDays },
    decisions:
      'A request is refused when its address is on the blocklist. Findings of the hourly detection are reviewed by a person. Nobody is refused for the country they come from.',
    rights:
      'You may ask the operator of this service for a copy of what is stored about your address, for its erasure, and object to its use.',
    contact: privacyContact ?? null,
    optOut: {
      how: optOutNotice(settings),
      signals: ['Sec-GPC: 1', ...(honorDnt ? ['DNT: 1'] : [])],
      page: '/privacy/opt-out',
    },
    ...(settings.geoApiUrl && { outside: outsideNotice(settings.geoApiUrl, ipStorage) }),
    attribution: attributionOf(settings),
    paragraph: paragraph(settings),
  }
}

function addressNotice({ ipStorage, anonymizeAfterHours }: Settings): string {
  switch (ipStorage) {
    case 'full':
      return `Kept whole for ${anonymizeAfterHours} hours, then cut to their network (/24, /48); whole in findings, as long as these are kept.`
    case 'truncated':
      return 'Cut to their network (/24, /48) before they are stored.'
    case 'hashed':
      return `Replaced by pseudonyms before they are stored. Each day has its own key, which is deleted ${anonymizeAfterHours} hours after the day: then nobody can go back from a pseudonym to an address.`
  }
}

/** What leaves the machine; there is nothing else. */
function outsideNotice(geoApiUrl: string, ipStorage: Settings['ipStorage']): string {
  const what =
    ipStorage === 'full'
      ? 'addresses (of those who opted out, their networks) are'
      : 'the networks of addresses (/24, /48) are'
  return `To find places, ${what} sent to ${new URL(geoApiUrl).hostname}, without anything else about the request.`
}

function optOutNotice({ honorDnt }: Settings): string {
  const signals = honorDnt ? 'Global Privacy Control or Do Not Track' : 'Global Privacy Control'
  return `A browser that sends ${signals}, or that was opted out at /privacy/opt-out, is still protected; its requests are stored under the network of the address, without path, query, user agent and account, and left out of statistics.`
}

/** A paragraph to paste into a site's own privacy policy. */
function paragraph({ ipStorage, anonymizeAfterHours, retentionDays, ...rest }: Settings): string {
  const addresses = {
    full: `Addresses are shortened after ${anonymizeAfterHours} hours`,
    truncated: 'Addresses are shortened before they are stored',
    hashed: 'Addresses are replaced by pseudonyms before they are stored',
  }[ipStorage]
  const contact = rest.privacyContact ? ` (${rest.privacyContact})` : ''
  return [
    'To protect this site against attacks we record the IP address, time, path and user agent of requests (GDPR, article 6(1)(f)).',
    `${addresses} and all records are deleted after ${retentionDays} days.`,
    'Suspicious addresses are reviewed by a person; requests may be refused.',
    `You may ask us${contact} for a copy or the erasure of what is stored about your address, and object at /privacy/opt-out or by Global Privacy Control.`,
    'IP geolocation by DB-IP.',
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
