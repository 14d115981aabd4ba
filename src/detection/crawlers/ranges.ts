import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { parseNetwork } from '../../net/network'
import { NetworkSet } from '../../net/network-set'

/** What search engines publish: https://developers.google.com/crawling/docs/crawlers-fetchers/verify-google-requests */
const Published = z.object({
  prefixes: z.array(
    z.object({ ipv4Prefix: z.string().optional(), ipv6Prefix: z.string().optional() }),
  ),
})

/** The addresses of crawlers. */
export type CrawlerRanges = Pick<NetworkSet<true>, 'find'>

/**
 * Reads files of the form `{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"},…]}`, as Google, Bing and others
 * publish them. Throws when one cannot be read, or holds something else.
 */
export async function readCrawlerRanges(files: readonly string[]): Promise<CrawlerRanges> {
  const networks = await Promise.all(files.map(readFileOfRanges))
  return NetworkSet.from(networks.flat().map((network) => ({ network, value: true as const })))
}

async function readFileOfRanges(file: string) {
  const { prefixes } = Published.parse(JSON.parse(await readFile(file, 'utf8')))
  return prefixes.map(({ ipv4Prefix, ipv6Prefix }) => {
    const text = ipv4Prefix ?? ipv6Prefix ?? ''
    const network = parseNetwork(text)
    if (!network) throw new Error(`${file}: "${text}" is not a network`)
    return network
  })
}
