import { signal } from '@preact/signals'

/** A request that takes longer makes the page say that it waits. */
const SLOW_MS = 2_000
const TIMEOUT_MS = 30_000

export interface Account {
  email: string
  role: 'admin' | 'viewer'
}

/** Who is signed in; null when nobody is, undefined until we know. */
export const account = signal<Account | null | undefined>(undefined)

/** Requests that have been on their way for long. */
export const slow = signal(0)

/** What the service said in place of an answer (RFC 9457), or that it said nothing. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** Seconds after which to try again, when it was said. */
    readonly retryAfter?: number,
  ) {
    super(detail)
  }
}

type Query = Record<string, string | number | undefined>

/** Asks the admin API. Throws a `Problem`; one for want of a session also shows the sign-in page. */
export function get<Answer>(path: string, query: Query = {}): Promise<Answer> {
  return send<Answer>('GET', `api/${path}${textOf(query)}`)
}

export function post<Answer>(path: string, body: unknown, query: Query = {}): Promise<Answer> {
  return send<Answer>('POST', `api/${path}${textOf(query)}`, body)
}

export function patch<Answer>(path: string, body: unknown): Promise<Answer> {
  return send<Answer>('PATCH', `api/${path}`, body)
}

export function remove<Answer = void>(path: string, query: Query = {}): Promise<Answer> {
  return send<Answer>('DELETE', `api/${path}${textOf(query)}`)
}

/** Sends a file as it is. */
export function upload<Answer>(path: string, file: Blob, query: Query): Promise<Answer> {
  return send<Answer>('POST', `api/${path}${textOf(query)}`, file)
}

/** Asks for a file of the page itself, which holds JSON. Throws a `Problem`. */
export function asset<Content>(path: string): Promise<Content> {
  return ask<Content>('GET', path)
}

export async function findSession(): Promise<void> {
  try {
    const found = await send<{ account: Account }>('GET', '../session')
    account.value = found.account
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error
    account.value = null
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  const signedIn = await send<{ account: Account }>('POST', '../login', { email, password })
  account.value = signedIn.account
}

/** Makes the first account, by the link that the first start prints. */
export async function setUp(token: string, email: string, password: string): Promise<void> {
  const made = await send<{ account: Account }>('POST', '../setup', { token, email, password })
  account.value = made.account
}

export async function signOut(): Promise<void> {
  await send('POST', '../logout')
  account.value = null
}

function textOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}

async function send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  let isSlow = false
  const timer = setTimeout(() => {
    isSlow = true
    slow.value++
  }, SLOW_MS)
  try {
    return await ask<Answer>(method, path, body)
  } finally {
    clearTimeout(timer)
    if (isSlow) slow.value--
  }
}

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const isFile = body instanceof Blob
  const type = isFile ? 'application/octet-stream' : 'application/json'
  const init = {
    method,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': type }) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
  }
  let response: Response
  let text: string
  try {
    response = await fetch(path, init)
    // The network can go away in the middle of an answer as well.
    text = await response.text()
  } catch {
    throw new Problem(0, 'unreachable', 'The service does not answer.')
  }
  if (!response.ok) throw problemOf(response, read(text), path)
  const answer = text === '' ? undefined : read(text)
  if (answer !== unreadable) return answer as Answer
  throw new Problem(response.status, 'unreadable', 'What came is no answer of the service.')
}

/** Something else than the service has answered: a proxy, or whoever lends the network. */
const unreadable = Symbol('no JSON')

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return unreadable
  }
}

function problemOf({ status, headers }: Response, said: unknown, path: string): Problem {
  const retryAfter = Number(headers.get('retry-after')) || undefined
  if (status === 401 && path.startsWith('api/')) account.value = null
  const told = Object(said) as { code?: string; detail?: string }
  const { code = 'unknown', detail = `The service answered ${status}.` } = told
  return new Problem(status, code, detail, retryAfter)
}
