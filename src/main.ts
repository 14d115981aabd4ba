import { readConfig } from './config'
import { WrongSettings } from './platform/environment'
import { createLogger } from './platform/logger'
import { type Service, startService } from './service'

/** Longest time a stop may take before the process ends anyway. */
const STOP_LIMIT_MS = 9_000

void main()

async function main(): Promise<void> {
  const config = readSettings()
  const log = createLogger(config.logLevel)

  try {
    const starting = startService(config, log)
    stopOnSignal(starting)
    const service = await starting
    if (process.stderr.isTTY || service.hasAdmin === false) process.stderr.write(welcome(service))
  } catch (error) {
    log.fatal({ error }, `cannot start: ${(error as Error).message}`)
    process.exit(1)
  }

  /**
   * The first signal stops, once the start is done. More may follow: npm passes a Ctrl-C on that the
   * terminal has sent already.
   */
  function stopOnSignal(starting: Promise<Service>): void {
    let stopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (!stopping) void stop(starting, signal)
        stopping = true
      })
    }
  }

  async function stop(starting: Promise<Service>, signal: string): Promise<void> {
    log.info({ signal }, 'stopping')
    setTimeout(() => {
      log.warn('stopping took too long; what is not written is in the spool for the next start')
      process.exit(0)
    }, STOP_LIMIT_MS).unref()
    const service = await starting
    await service.stop()
    log.info('stopped')
    process.exit(0)
  }

  function welcome({ url, adminUrl, hasAdmin, setupToken }: Service): string {
    const first =
      hasAdmin !== false
        ? ''
        : `
Open this link to make the first account (once, today, from this machine or over https):
  ${adminUrl}/admin/#setup=${setupToken}

Or, in another terminal:
  npx ts-node scripts/create-admin.ts you@example.org        the first person who may sign in
  npx ts-node scripts/create-key.ts my-app --scopes check    a key for an application
`
    return `
Portcullis listens on ${url}
The dashboard is at ${adminUrl}/admin/
Data lies in ${config.dataDir}${config.databaseUrl ? ' (the database elsewhere: DATABASE_URL)' : ''}
${first}`
  }
}

function readSettings() {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error
    console.error(error.message)
    process.exit(2)
  }
}
