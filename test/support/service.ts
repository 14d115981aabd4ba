import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { bindModels } from '../../models'
import { Keys, type Scope } from '../../src/auth/keys'
import { readConfig } from '../../src/config'
import { PostgresBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { type Service, startService } from '../../src/service'
import { type TestDatabase, testDatabase } from './database'
import { eventually } from './eventually'

/** A service in this process, on the suite's database and in a folder of its own. */
export interface TestService extends Service {
  readonly dataDir: string
  readonly database: TestDatabase
  /** Sends a request: `json` becomes its body, `key` its bearer token. */
  send(path: string, options?: SendOptions): Promise<Response>
  /** Makes a key that is valid at once. */
  key(...scopes: Scope[]): Promise<string>
  /** The same, bound to a tier of `RATE_LIMITS`. */
  tieredKey(tier: string | null, ...scopes: Scope[]): Promise<string>
  /** Waits until a list has an item. */
  stored(path: string, key: string): Promise<void>
}

interface SendOptions extends RequestInit {
  json?: unknown
  key?: string
}

/** Starts a service with these settings; the caller stops it. */
export async function startTestService(settings: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const database = await testDatabase()
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-service-'))
  const log = createLogger('error', process.stderr)
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ...settings,
  })
  const service = await startService(config, log)

  function send(path: string, { json, key, headers, ...options }: SendOptions = {}) {
    const all = new Headers(headers)
    if (key) all.set('authorization', `Bearer ${key}`)
    if (json !== undefined) all.set('content-type', 'application/json')
    const body = json === undefined ? {} : { body: JSON.stringify(json) }
    const isAdmin = path.startsWith('/admin')
    const url = (isAdmin ? service.adminUrl : service.url) + path
    return fetch(url, { redirect: 'manual', ...options, ...body, headers: all })
  }
  async function tieredKey(tier: string | null, ...scopes: Scope[]) {
    const bus = new PostgresBus(database.knex, database.connection, log)
    const models = bindModels(database.knex)
    const key = await new Keys({ models, bus, log }).create('test', scopes, tier)
    await eventually('the key is known', async () => {
      return (await send('/admin/api/blocks', { key })).status !== 401
    })
    return key
  }
  return {
    ...service,
    dataDir,
    database,
    send,
    tieredKey,
    key: (...scopes) => tieredKey(null, ...scopes),
    stored: (path, key) =>
      eventually(
        `something at ${path}`,
        async () => {
          const { items } = (await (await send(path, { key })).json()) as { items: unknown[] }
          return items.length > 0
        },
        20_000,
      ),
    async stop() {
      await service.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
