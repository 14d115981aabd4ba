import fs from 'node:fs'
import path from 'node:path'
import type { Logger } from '../logger'
import { startThread } from '../thread'
import type { HostCommand, HostData, HostReport } from './host'

/** A database that is being served from a thread of this process. */
export interface HostThread {
  /** Resolves when the thread has ended, whatever the reason. */
  ended: Promise<unknown>
  /** Serves those who have joined for at most `drainMs`, writes a checkpoint and ends. */
  close(drainMs: number): Promise<void>
}

/**
 * Starts the thread that hosts a database; resolves when it can be connected to.
 *
 * Throws when it cannot be opened, with the reason. `onLost` is called when the thread ends later
 * without having been asked to. The thread does not keep the process alive.
 */
export async function hostDatabase(
  data: HostData,
  log: Logger,
  onLost: (error: Error) => void,
): Promise<HostThread> {
  fs.rmSync(data.socket, { force: true }) // left by a host that was killed
  const thread = startThread(path.join(__dirname, 'host'), data)
  let reason = 'its thread has ended'
  let closed = false
  const ready = new Promise<void>((resolve) => {
    thread.on('message', (report: HostReport) => {
      if ('ready' in report) resolve()
      else if ('closed' in report) closed = true
      else if ('failed' in report) reason = report.failed
      else
        log.warn({ reason: report.warning }, 'database: housekeeping failed, will be tried again')
    })
  })
  thread.on('error', (error) => {
    reason = error.message
  })
  const ended = new Promise<Error | undefined>((resolve) => {
    thread.on('exit', () => {
      resolve(closed ? undefined : new Error(`the embedded database has ended: ${reason}`))
    })
  })

  const failure = await Promise.race([ready, ended])
  if (failure) throw failure
  thread.unref()
  void ended.then((error) => error && onLost(error))

  return {
    ended,
    async close(drainMs) {
      thread.ref()
      thread.postMessage({ closeAfterMs: drainMs } satisfies HostCommand)
      const error = await ended
      if (error) throw error
    },
  }
}
