import type { Address } from '../net/address'
import { Breaker } from '../platform/breaker'
import type { Logger } from '../platform/logger'
import { readRecord } from './record'
import type { Found } from './source'

const DEFAULTS = {
  /** Requests on their way at the same time. */
  concurrency: 4,
  /** Most addresses that wait for their turn; those beyond are not asked about. */
  waiting: 256,
  /** After a failure it is left alone this long. */
  coolMs: 30_000,
  /** After `429 Too Many Requests`, unless it says when to come again. */
  restMs: 60_000,
  complainEveryMs: 300_000,
}

const LONGEST_REST_MS = 24 * 3_600_000

/** Larger answers are none. */
const LARGEST_BYTES = 64 * 1024

/** What an HTTP provider is asked with. */
export interface ProviderSettings {
  /** Holds `{ip}` in its path or query. */
  url: string
  /** Sent as a bearer token, and told nobody else. */
  token?: string | undefined
  timeoutMs: number
}

/** Questions that may be asked today. */
interface Budget {
  readonly left: boolean
  spend(): boolean
}

/**
 * A service on the network that knows places, ipinfo.io or one of its like.
 *
 * It is asked a few addresses at a time, each once, so many a day; after a failure (an error, a
 * late, huge or senseless answer, a redirect) it is left alone for a while. Whoever asks does so
 * beside other work: the answer may take long, and there may be none.
 */
export class Provider {
  /** For people, and without what in the address may be secret. */
  readonly name: string
  readonly #settings: ProviderSettings
  readonly #budget: Budget
  readonly #log: Pick<Logger, 'warn'>
  readonly #options: typeof DEFAULTS
  readonly #breaker: Breaker
  readonly #asking = new Map<Address, Promise<Found | null>>()
  readonly #turns: (() => void)[] = []
  readonly #closing = new AbortController()
  #running = 0
  #restUntil = 0
  #complainedAt = Number.NEGATIVE_INFINITY

  constructor(
    settings: ProviderSettings,
    budget: Budget,
    log: Pick<Logger, 'warn'>,
    options: Partial<typeof DEFAULTS> = {},
  ) {
    this.name = new URL(settings.url).host
    this.#settings = settings
    this.#budget = budget
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
    this.#breaker = new Breaker({ coolMs: this.#options.coolMs })
  }

  /**
   * What the provider knows about an address, null when nothing; rejects when it fails. Undefined
   * when it is not asked: it failed a moment ago, today's budget is spent, or too many wait.
   */
  ask(address: Address): Promise<Found | null> | undefined {
    const asking = this.#asking.get(address)
    if (asking) return asking
    const { concurrency, waiting } = this.#options
    if (this.#asking.size >= concurrency + waiting || this.#resting) return undefined
    if (!this.#budget.left) {
      this.#complain("today's budget is spent")
      return undefined
    }
    const answer = this.#inTurn(address).finally(() => this.#asking.delete(address))
    this.#asking.set(address, answer)
    return answer
  }

  /** Ends what is on its way. */
  close(): void {
    this.#closing.abort()
  }

  get #resting(): boolean {
    return this.#breaker.open || Date.now() < this.#restUntil
  }

  async #inTurn(address: Address): Promise<Found | null> {
    if (this.#running < this.#options.concurrency) this.#running++
    else await new Promise<void>((turn) => this.#turns.push(turn))
    try {
      if (this.#resting) throw new Error('not asked any more')
      return await this.#breaker.run(() => this.#fetch(address))
    } finally {
      const next = this.#turns.shift()
      if (next) next()
      else this.#running--
    }
  }

  async #fetch(address: Address): Promise<Found | null> {
    if (!this.#budget.spend()) throw new Error('not asked any more')
    try {
      return await this.#request(address)
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#complain(reasonOf(error))
      throw error
    }
  }

  async #request(address: Address): Promise<Found | null> {
    const { url, token, timeoutMs } = this.#settings
    const response = await fetch(url.replaceAll('{ip}', address), {
      headers: {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      // Where it would lead, nobody has decided.
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]),
    })
    if (!response.ok) {
      await response.body?.cancel()
      if (response.status === 429) this.#rest(response.headers.get('retry-after'))
      throw new Error(`it answered ${response.status}`)
    }
    return readAnswer(await readText(response))
  }

  /** `Retry-After` is seconds or a date (RFC 9110, section 10.2.3). */
  #rest(retryAfter: string | null): void {
    const seconds = Number(retryAfter || Number.NaN)
    const until = Number.isNaN(seconds)
      ? Date.parse(retryAfter ?? '')
      : Date.now() + seconds * 1_000
    const latest = Date.now() + LONGEST_REST_MS
    this.#restUntil = Math.min(
      Number.isNaN(until) ? Date.now() + this.#options.restMs : until,
      latest,
    )
  }

  #complain(reason: string): void {
    const now = performance.now()
    if (now - this.#complainedAt < this.#options.complainEveryMs) return
    this.#complainedAt = now
    this.#log.warn(
      { provider: this.name, reason },
      'geo: the provider is not asked for a while, going on without it',
    )
  }
}

/** Whether a text can be the address of a provider; `{ip}` must not decide which host is asked. */
export function isProviderUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password, hash } = new URL(text)
  return (
    ['http:', 'https:'].includes(protocol) &&
    username + password + hash === '' &&
    text.includes('{ip}') &&
    !host.includes('{')
  )
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop ends the download.
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > LARGEST_BYTES) throw new Error(`its answer is larger than ${LARGEST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function readAnswer(text: string): Found | null {
  const answer = parse(text)
  if (typeof answer === 'object' && answer !== null && 'error' in answer && answer.error) {
    throw new Error('it answered with an error')
  }
  const found = readRecord(answer)
  if (found === undefined) throw new Error('its answer is not about a place')
  return found
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('its answer is not JSON')
  }
}

/** The reason of a failed `fetch` is in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}
