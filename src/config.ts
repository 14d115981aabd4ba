import path from 'node:path'
import { isNetwork } from './net/network'

/** Every setting of the service, read once at start. */
export type Config = ReturnType<typeof readConfig>

/** Settings that cannot be used; `message` names every one of them and what it takes. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}
