/**
 * Systems that let machines to anybody, and whose names do not say so. Known by their numbers:
 * companies rename themselves, and an Amazon is more than its cloud.
 */
const SYSTEMS: [asn: number, who: string][] = [
  [16509, 'Amazon Web Services'],
  [14618, 'Amazon Web Services'],
  [396982, 'Google Cloud'],
  [8075, 'Microsoft Azure'],
  [31898, 'Oracle Cloud'],
  [14061, 'DigitalOcean'],
  [16276, 'OVH'],
  [24940, 'Hetzner'],
  [213230, 'Hetzner'],
  [212317, 'Hetzner'],
  [20473, 'Vultr'],
  [63949, 'Linode'],
  [12876, 'Scaleway'],
  [51167, 'Contabo'],
  [40021, 'Contabo'],
  [60781, 'Leaseweb'],
  [28753, 'Leaseweb'],
  [8560, 'IONOS'],
  [197540, 'netcup'],
  [37963, 'Alibaba'],
  [45102, 'Alibaba'],
  [45090, 'Tencent'],
  [132203, 'Tencent'],
  [136907, 'Huawei'],
  [55990, 'Huawei'],
  [9009, 'M247'],
  [62240, 'Clouvider'],
  [60068, 'Datacamp'],
  [212238, 'Datacamp'],
  [53667, 'FranTech'],
  [36352, 'ColoCrossing'],
  [46606, 'Unified Layer'],
  [26496, 'GoDaddy'],
  [22612, 'Namecheap'],
  [29802, 'Hivelocity'],
  [47583, 'Hostinger'],
  [36007, 'Kamatera'],
  [54825, 'Packet'],
  [42708, 'GleSYS'],
  [202053, 'UpCloud'],
  [49981, 'WorldStream'],
  [50673, 'Serverius'],
  [210644, 'Aeza'],
  [200019, 'AlexHost'],
]

/** Words of names that tell a hoster; whole words, so that a Cloudflare is none. */
const WORDS = [
  'cloud',
  'colo',
  'colocation',
  'data ?cent(?:er|re)s?',
  'dedicated',
  'hosting',
  'rechenzentrum',
  'servers?',
  'vps',
  'web ?host(?:ing)?',
]

const systems = new Set(SYSTEMS.map(([asn]) => asn))
const words = new RegExp(`\\b(?:${WORDS.join('|')})\\b`, 'i')

/**
 * Whether a network lets machines rather than connecting people, as far as its number or its name
 * tells: a hint for a person who reviews an address. Nothing is refused for it.
 */
export function isHosting(asn: number | null, organisation: string | null): boolean {
  return (asn !== null && systems.has(asn)) || (organisation !== null && words.test(organisation))
}
