import { access } from 'node:fs/promises'
import path from 'node:path'
import { benchChallengers } from './detection/challengers'
import { benchDetectors } from './detection/detectors'
import { benchHours } from './detection/hours'
import { benchHub } from './detection/hub'
import { readWindows } from './detection/logs'
import { benchMixed } from './detection/mixed'
import { benchRealLogs } from './detection/real-logs'

/**
 * The quality of detection on labelled logs, each figure beside its target. The logs are no part of
 * this project: `LABELLED_LOGS` names their folder, `../shared/data` when it is not set.
 */
export async function benchDetection(): Promise<void> {
  const folder = path.resolve(process.env.LABELLED_LOGS ?? '../shared/data')
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    console.log(`No labelled logs in ${folder}: set LABELLED_LOGS to the folder that has them.`)
    return
  }
  const windows = await readWindows(path.join(folder, 'hours'))
  await benchHours(windows)
  await benchMixed(windows)
  await benchRealLogs(folder)
  await benchHub(folder)
  await benchDetectors(windows)
  await benchChallengers(windows)
}
