import type { Context, Suite } from 'mocha'

const reasons = new Map<Suite, string>()

/**
 * Leaves out the tests of the suite whose `before` hook calls this, and has the reporter name
 * them and say why. With `CI=true` it fails instead: there every test has to run.
 */
export function skipLoudly(hook: Context, reason: string): never {
  if (process.env.CI === 'true') throw new Error(`CI=true, but ${reason}`)
  const suite = hook.test?.parent
  if (suite) reasons.set(suite, reason)
  return hook.skip()
}

/** Why a suite, or one around it, was left out. */
export function whySkipped(suite: Suite | undefined): string | undefined {
  for (let level = suite; level; level = level.parent) {
    const reason = reasons.get(level)
    if (reason) return reason
  }
  return undefined
}
