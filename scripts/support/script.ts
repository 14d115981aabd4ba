import { type ParseArgsConfig, parseArgs } from 'node:util'
import { bindModels, type Models } from '../../models'
import { BlockRefused } from '../../src/blocklist/guards'
import { type Config, readConfig } from '../../src/config'
import { InvalidDuration } from '../../src/http/duration'
import { InvalidAddress } from '../../src/net/address'
import { InvalidNetwork } from '../../src/net/network'
import { visibleJson, visibleLines } from '../../src/net/visible'
import { type Database, openDatabase } from '../../src/platform/database'
import { WrongSettings } from '../../src/platform/environment'
import { Opened } from '../../src/platform/lifecycle'
import { createLogger, type Logger } from '../../src/platform/logger'
import { migrate } from '../../src/platform/migrations'

/** A command that was called with words it does not know: told with its usage, exit code 2. */
export class WrongUsage extends Error {
  override name = 'WrongUsage'
}

/** Errors that mean: call again with other words. */
const WRONG_INPUT = [
  WrongUsage,
  WrongSettings,
  InvalidAddress,
  InvalidNetwork,
  InvalidDuration,
  BlockRefused,
]

type Flags = NonNullable<ParseArgsConfig['options']>
type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** What a script is handed. */
export interface Call {
  /** The words behind the script's name that are not flags. */
  args: string[]
  flags: Values
  config: Config
  log: Logger
  /** Whether the caller is a program: `--json`. */
  json: boolean
  /** Closes what the script opened, the last first, also when it fails. */
  opened: Opened
  /** The database of the running service, or one opened for this script alone; migrated. */
  openDatabase(): Promise<{ database: Database; models: Models }>
}

/** What a script prints at the end: `text` for people, or with `--json` one document. */
export interface Outcome {
  text: string
  json: unknown
}

export interface Script {
  /** The help text; its first line is `ts-node scripts/NAME.ts …`. */
  usage: string
  /** Fewest and most words that are not flags. */
  args: [min: number, max: number]
  flags?: Flags
  run(call: Call): Promise<Outcome>
}

/**
 * Runs a script from the command line; every script knows `--help` and `--json`.
 * Exit code 0: done; 1: failed; 2: wrong usage, input or settings. Errors go to standard error.
 */
export async function runScript(script: Script): Promise<void> {
  const opened = new Opened()
  try {
    const { values, positionals } = parse(script)
    if (values.help) return void console.log(script.usage)

    const config = readConfig(process.env)
    const log = createLogger(process.env.LOG_LEVEL ? config.logLevel : 'warn', process.stderr)
    const json = values.json === true
    const outcome = await script.run({
      args: positionals,
      flags: values,
      config,
      log,
      json,
      opened,
      openDatabase: () => open(config, log, opened),
    })
    console.log(json ? visibleJson(JSON.stringify(outcome.json)) : visibleLines(outcome.text))
  } catch (error) {
    process.exitCode = report(error, script)
  } finally {
    await opened.close()
  }
}

function parse({ flags, args: [min, max] }: Script) {
  try {
    const common = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const
    const parsed = parseArgs({ options: { ...flags, ...common }, allowPositionals: true })
    const given = parsed.positionals.length
    if (!parsed.values.help && (given < min || given > max)) {
      throw new WrongUsage(given < min ? 'Something is missing.' : 'That is one word too many.')
    }
    return { values: parsed.values as Values, positionals: parsed.positionals }
  } catch (error) {
    throw error instanceof WrongUsage ? error : new WrongUsage((error as Error).message)
  }
}

async function open(config: Config, log: Logger, opened: Opened) {
  const { databaseUrl, dataDir } = config
  const database = opened.add(
    await openDatabase({ databaseUrl, dataDir, role: 'script', log }),
    (database) => database.close(),
  )
  await migrate(database.knex)
  return { database, models: bindModels(database.knex) }
}

function report(error: unknown, { usage }: Script): 1 | 2 {
  const message = error instanceof Error ? error.message : String(error)
  console.error(visibleLines(message))
  if (error instanceof WrongUsage) console.error(`\n${usage}`)
  return isWrongInput(error) ? 2 : 1
}

function isWrongInput(error: unknown): boolean {
  return WRONG_INPUT.some((kind) => error instanceof kind)
}
