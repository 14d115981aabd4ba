import { sensitivePaths } from '../net/request-path'
import { unescaped } from '../net/visible'

/** Names the configured prefix that covers a path of the log, however it is spelled (`sensitivePaths`). */
export type SensitivePathFinder = (path: string) => string | undefined

export function sensitivePathFinder(prefixes: readonly string[]): SensitivePathFinder {
  const rules = prefixes.map((prefix) => ({ prefix, covers: sensitivePaths([prefix]) }))
  return (path) => {
    const sent = unescaped(path)
    return rules.find(({ covers }) => covers(sent))?.prefix
  }
}
