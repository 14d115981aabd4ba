/** A search engine or the like, which says where its addresses can be looked up. */
export interface Crawler {
  readonly name: string
  /** What it calls itself in its user agent, in lower case. */
  readonly agents: readonly string[]
  /** Domains in which all its addresses have names; none when it publishes ranges only. */
  readonly domains: readonly string[]
}

/**
 * Crawlers that document how to tell them from those who take their name. Their place in the list is
 * stored: new ones go to its end, and there are 31 at most.
 */
export const CRAWLERS: readonly Crawler[] = [
  {
    name: 'Google',
    agents: [
      'googlebot',
      'adsbot-google',
      'mediapartners-google',
      'google-inspectiontool',
      'googleother',
      'storebot-google',
      'feedfetcher-google',
      'apis-google',
    ],
    domains: ['googlebot.com', 'google.com', 'googleusercontent.com'],
  },
  {
    name: 'Bing',
    agents: ['bingbot', 'adidxbot', 'bingpreview', 'msnbot'],
    domains: ['search.msn.com'],
  },
  {
    name: 'Yandex',
    agents: ['yandex.com/bots', 'yandexbot'],
    domains: ['yandex.ru', 'yandex.net', 'yandex.com'],
  },
  { name: 'Baidu', agents: ['baiduspider'], domains: ['baidu.com', 'baidu.jp'] },
  { name: 'Apple', agents: ['applebot'], domains: ['applebot.apple.com'] },
  { name: 'Yahoo', agents: ['yahoo! slurp'], domains: ['crawl.yahoo.net'] },
  { name: 'DuckDuckGo', agents: ['duckduckbot', 'duckassistbot'], domains: [] },
  { name: 'Seznam', agents: ['seznambot'], domains: ['seznam.cz'] },
  { name: 'Petal', agents: ['petalbot'], domains: ['petalsearch.com', 'aspiegel.com'] },
  { name: 'Mojeek', agents: ['mojeekbot'], domains: ['mojeek.com'] },
  { name: 'Qwant', agents: ['qwantbot', 'qwantify'], domains: ['qwant.com'] },
  { name: 'Common Crawl', agents: ['ccbot'], domains: ['crawl.commoncrawl.org'] },
  {
    name: 'Ahrefs',
    agents: ['ahrefsbot', 'ahrefssiteaudit'],
    domains: ['ahrefs.com', 'ahrefs.net'],
  },
  { name: 'Pinterest', agents: ['pinterestbot', 'pinterest/0'], domains: ['pinterest.com'] },
  { name: 'OpenAI', agents: ['gptbot', 'oai-searchbot', 'chatgpt-user'], domains: [] },
  { name: 'Perplexity', agents: ['perplexitybot'], domains: [] },
  { name: 'Naver', agents: ['naver.me/spd', 'yeti/1'], domains: ['naver.com'] },
]

/** The crawlers that a user agent names, one bit each. */
export function crawlersNamed(agent: string): number {
  const text = agent.toLowerCase()
  let bits = 0
  CRAWLERS.forEach(({ agents }, nth) => {
    if (agents.some((name) => text.includes(name))) bits |= 1 << nth
  })
  return bits
}

/** The crawlers of `crawlersNamed`. */
export function crawlersOf(bits: number): Crawler[] {
  return CRAWLERS.filter((_, nth) => (bits >>> nth) & 1)
}
