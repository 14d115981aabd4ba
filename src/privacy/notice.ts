import type { Config } from '../config'
import { attributionOf } from '../geo/attribution'

type Settings = Pick<
  Config,
  'ipStorage' | 'anonymizeAfterHours' | 'retentionDays' | 'geoCityDb' | 'geoApiUrl'
>

/** What the service stores and for how long, from its running settings; for people and machines. */
export function privacyNotice(settings: Settings) {
  const { ipStorage, anonymizeAfterHours, retentionDays } = settings
  return {
    what: [
      'the address a request came from, and the country, city and network operator it belongs to',
      'the time, method, path and query of the request, and the status of the answer',
      'the user agent the client names, and the account it was signed in with, if any',
    ],
    why: 'To keep these applications secure: refusing attackers, limiting logins, finding abuse.',
    legalBasis: 'Legitimate interest in the security of the service (GDPR, article 6(1)(f)).',
    addresses: addressNotice(settings),
    retention: `Requests and findings are deleted after ${retentionDays} days. A blocked address is on the blocklist until ${retentionDays} days after its block has ended.`,
    settings: { ipStorage, anonymizeAfterHours, retentionDays },
    decisions:
      'A request is refused when its address is on the blocklist. Findings of the hourly detection are reviewed by a person. Nobody is refused for the country they come from.',
    rights:
      'You may ask the operator of this service for a copy of what is stored about your address, and for its erasure.',
    ...(settings.geoApiUrl && { outside: outsideNotice(settings.geoApiUrl, ipStorage) }),
    attribution: attributionOf(settings),
  }
}

function addressNotice({ ipStorage, anonymizeAfterHours }: Settings): string {
  switch (ipStorage) {
    case 'full':
      return `Kept whole for ${anonymizeAfterHours} hours, then cut to their network (/24, /48); whole in findings, as long as these are kept.`
    case 'truncated':
      return 'Cut to their network (/24, /48) before they are stored.'
    case 'hashed':
      return 'Replaced by pseudonyms before they are stored; the key is kept nowhere.'
  }
}

/** What leaves the machine; there is nothing else. */
function outsideNotice(geoApiUrl: string, ipStorage: Settings['ipStorage']): string {
  const what = ipStorage === 'full' ? 'addresses are' : 'the networks of addresses (/24, /48) are'
  return `To find places, ${what} sent to ${new URL(geoApiUrl).hostname}, without anything else about the request.`
}

/** The notice as text, one paragraph per subject. */
export function noticeText(notice: ReturnType<typeof privacyNotice>): string {
  return [
    'Privacy: what this service stores about visitors',
    `What is stored\n${notice.what.map((item) => `- ${item}`).join('\n')}`,
    `Why\n${notice.why}\n${notice.legalBasis}`,
    `How long\n${notice.addresses}\n${notice.retention}`,
    ...(notice.outside ? [`To whom\n${notice.outside}`] : []),
    `Decisions\n${notice.decisions}`,
    `Your rights\n${notice.rights}`,
    notice.attribution,
    '',
  ].join('\n\n')
}
