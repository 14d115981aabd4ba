import { Job } from 'node-schedule'
import type { Logger } from './logger'

// Five or six fields (node-schedule reads a sixth, in front, as seconds), or a word like @hourly.
// Asked first, because node-schedule would read other texts as a date and run once, or never.
const CRON = /^(@[a-z]+|\S+(\s+\S+){4,5})$/

/** A task on the clock. */
export interface Schedule {
  /** No run starts any more; resolves when the running one has ended. */
  stop(): Promise<void>
}

/** Whether `text` is a cron rule that `schedule` takes: `0 * * * *` is each full hour. */
export function isScheduleRule(text: string): boolean {
  const job = new Job(() => {})
  const understood = start(job, text)
  job.cancel()
  return understood
}

/**
 * Runs `task` whenever the cron `rule` says so, in UTC.
 *
 * Runs never overlap: a tick during a run is left out. A task that fails is logged and runs again
 * at the next tick; it never ends the process. Throws when the rule is not one.
 */
export function schedule(
  rule: string,
  name: string,
  task: () => Promise<unknown>,
  log: Pick<Logger, 'debug' | 'error'>,
): Schedule {
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    try {
      await task()
    } catch (error) {
      log.error({ error, task: name }, 'schedule: task failed')
    }
  }

  const job = new Job(() => {
    if (running) log.debug({ task: name }, 'schedule: still running, tick left out')
    else running = run().finally(() => (running = undefined))
  })
  // Without a listener an 'error' event would end the process.
  job.on('error', (error) => log.error({ error, task: name }, 'schedule: task failed'))
  if (!start(job, rule)) throw new Error(`Not a schedule: "${rule}". A cron rule is: 0 * * * *`)

  return {
    async stop() {
      job.cancel()
      await running
    },
  }
}

function start(job: Job, rule: string): boolean {
  return CRON.test(rule.trim()) && job.schedule({ rule, tz: 'Etc/UTC' })
}
