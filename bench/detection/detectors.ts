import type { DetectorName } from '../../src/detection/learned/detector'
import { judgeWindows } from './hours'
import type { Window } from './logs'
import { heading } from './report'
import { DEFAULTS } from './scan'

const CHOICES: DetectorName[][] = [
  [],
  ['forest'],
  ['mahalanobis'],
  ['forest', 'mahalanobis'],
  ['ml-isolation-forest'],
  ['autoencoder'],
]

/** Prints what each choice of detectors makes of the labelled hours, beside the rules. */
export async function benchDetectors(windows: readonly Window[]): Promise<void> {
  heading('detectors: average precision, AUC, recall at 1 % false positives; seconds')
  for (const withBaseline of [true, false]) {
    console.log(withBaseline ? 'with a baseline' : 'without a baseline')
    for (const detectors of CHOICES) {
      const started = performance.now()
      const figures = await judgeWindows(windows, withBaseline, { ...DEFAULTS, detectors })
      const seconds = (performance.now() - started) / 1_000
      const shown = [figures.averagePrecision, figures.areaUnderCurve, figures.recall]
      console.log(
        `  ${(detectors.join(' + ') || 'rules only').padEnd(24)} ${shown.map((n) => n.toFixed(4)).join('  ')}  ${seconds.toFixed(1)}`,
      )
    }
  }
}
