import { isbot } from 'isbot'
import { requestPath } from '../net/request-path'
import { unescaped } from '../net/visible'
import { matchAgent, matchTarget } from '../signatures/matcher'
import { crawlersNamed } from './crawler-names'
import { isLoginPath } from './login-paths'
import { type SensitivePathFinder, sensitivePathFinder } from './sensitive'
import { hashText } from './sketch'
import { hashTemplate, numberIn, templateOf } from './template'

/** Different texts whose traits are remembered, and how long they may be: some 3 MB each at most. */
const REMEMBERED = 8_192
const LONGEST = 160

const ASSET = /\.(?:css|m?js|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp[34]|webm)$/i

/** User agents of tools and libraries, none at all, or what says no more than that it is a browser. */
const TOOL =
  /^(?:-?$|mozilla\/\d\.\d+$|curl|wget|python|aiohttp|httpx|go-http-client|java|apache-httpclient|libwww-perl|lwp|ruby|perl|php|guzzle|scrapy|httpclient|axios|node-fetch|undici|reqwest|custom-async)|nikto|sqlmap|nmap|masscan|zgrab|nuclei|gobuster|dirbuster|hydra|wpscan/i

/** What browsers call themselves; apps for phones hardly ever do (`AcmeApp/3.2 CFNetwork/1494`). */
const BROWSER = /^(?:mozilla|opera|lynx|e?links|w3m)\b/i

/** What is worth counting about a path; the same for every request that asks for it. */
export interface PathTraits {
  readonly hash: number
  readonly bytes: number
  /** The configured prefix that covers it. */
  readonly sensitive: string | null
  /** A part of a page, as browsers load them: a style, a script, an image, a font. */
  readonly asset: boolean
  /** Its template (`templateOf`), as `hashTemplate` has it. */
  readonly template: number
  /** The number that tells it from the next page of its template, if it has one (`numberIn`). */
  readonly number: number | undefined
  /** Its segments. */
  readonly depth: number
  /** Names and passwords are sent there (`isLoginPath`). */
  readonly login: boolean
  /** What it is known for, queries aside: indexes of `SIGNATURES`. */
  readonly signatures: readonly number[]
}

export interface AgentTraits {
  readonly hash: number
  /** A tool, a library, or an app: neither a browser nor a robot says so of itself. */
  readonly tool: boolean
  /** Says that it is a robot, or is known as one (isbot). */
  readonly robot: boolean
  /** Says nothing of itself. */
  readonly nameless: boolean
  /** The crawlers it names (`crawlersNamed`). */
  readonly claims: number
  /** What it is known for: indexes of `SIGNATURES`. */
  readonly signatures: readonly number[]
}

/** Works out traits once per different text: most requests share theirs with others. */
export class Traits {
  readonly #findSensitive: SensitivePathFinder
  readonly #paths = new Map<string, PathTraits>()
  readonly #agents = new Map<string, AgentTraits>()

  constructor(sensitivePaths: readonly string[]) {
    this.#findSensitive = sensitivePathFinder(sensitivePaths)
  }

  ofPath(path: string): PathTraits {
    return this.#paths.get(path) ?? remember(this.#paths, path, this.#workOutPath(path))
  }

  ofAgent(agent: string): AgentTraits {
    return this.#agents.get(agent) ?? remember(this.#agents, agent, workOutAgent(agent))
  }

  #workOutPath(path: string): PathTraits {
    const sent = unescaped(path)
    const canonical = requestPath(sent)
    const asset = ASSET.test(path)
    return {
      hash: hashText(path),
      bytes: Buffer.byteLength(path),
      sensitive: this.#findSensitive(path) ?? null,
      asset,
      template: hashTemplate(templateOf(canonical)),
      number: asset ? undefined : numberIn(canonical),
      depth: canonical === '/' ? 0 : canonical.split('/').length - 1,
      login: isLoginPath(canonical),
      signatures: matchTarget(path, ''),
    }
  }
}

function workOutAgent(agent: string): AgentTraits {
  const robot = isbot(agent)
  return {
    hash: hashText(agent),
    tool: TOOL.test(agent) || !(robot || BROWSER.test(agent)),
    robot,
    nameless: agent === '' || agent === '-',
    claims: crawlersNamed(agent),
    signatures: matchAgent(agent),
  }
}

function remember<Value>(known: Map<string, Value>, text: string, value: Value): Value {
  if (known.size === REMEMBERED) known.clear()
  if (text.length <= LONGEST) known.set(text, value)
  return value
}
