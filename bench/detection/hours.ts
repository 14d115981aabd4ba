import type { Judgement, JudgeSettings } from '../../src/detection/judge'
import {
  areaUnderCurve,
  averagePrecision,
  precisionOfTop,
  type Ranked,
  recallAt,
  thresholdFor,
} from './figures'
import type { Label, Window } from './logs'
import { atLeast, atMost, heading, line } from './report'
import { DEFAULTS, scan } from './scan'

/** A judgement of somebody of whom the truth is known. */
export interface Known extends Ranked, Label {
  judgement: Judgement
}

/** Figures of many windows, under one threshold for all of them. */
export interface WindowFigures {
  /** Means over the windows. */
  averagePrecision: number
  areaUnderCurve: number
  /** Over all windows: attackers found where one in a hundred others is. */
  recall: number
  known: Known[][]
}

/** Judges the labelled hours, with the baseline of their site or without. */
export async function judgeWindows(
  windows: readonly Window[],
  withBaseline: boolean,
  settings: JudgeSettings = DEFAULTS,
): Promise<WindowFigures> {
  const known: Known[][] = []
  for (const { entries, baseline, labels } of windows) {
    const judgements = await scan(entries, withBaseline ? baseline : [], settings)
    known.push(knownAmong(judgements, labels))
  }
  const all = known.flat()
  return {
    averagePrecision: mean(known.map(averagePrecision)),
    areaUnderCurve: mean(known.map(areaUnderCurve)),
    recall: recallAt(all, thresholdFor(all, 0.01)),
    known,
  }
}

/** Prints how the labelled hours are judged. */
export async function benchHours(windows: readonly Window[]): Promise<void> {
  for (const withBaseline of [true, false]) {
    heading(`labelled hours, ${withBaseline ? 'with' : 'without'} a baseline of their site`)
    const figures = await judgeWindows(windows, withBaseline)
    const { known } = figures
    known.forEach((window, nth) => {
      const flagged = window.filter(({ judgement }) => judgement.flagged).length
      const worth = window.filter(isMedium).length
      const precision = averagePrecision(window)
      line(
        `${windows[nth]!.name}: average precision (${flagged} flags, ${worth} medium or higher)`,
        precision.toFixed(3),
      )
    })
    line(
      'average precision',
      figures.averagePrecision.toFixed(3),
      atLeast(figures.averagePrecision, 0.97),
    )
    line('AUC', figures.areaUnderCurve.toFixed(4))
    line(
      'recall at 1 % false positives, one threshold',
      percent(figures.recall),
      atLeast(figures.recall, 0.95),
    )
    const all = known.flat()
    const flags = mean(known.map((window) => window.filter(isMedium).length))
    line('flags a window, medium or higher', flags.toFixed(1), atMost(flags, 30))
    line(
      'precision of the top ten',
      mean(known.map((window) => precisionOfTop(window, 10))).toFixed(2),
    )
    const honest = all.filter(({ attacker, kind }) => !attacker && kind !== 'good_bot')
    const wronged = share(honest, isMedium)
    line('honest visitors at medium or higher', percent(wronged, 2), atMost(wronged, 0.002))
    const crawlers = all.filter(({ kind }) => kind === 'good_bot').filter(isMedium).length
    line('named crawlers above low', String(crawlers), atMost(crawlers, 0))
    printKinds(all)
  }
}

export function knownAmong(
  judgements: readonly Judgement[],
  labels: ReadonlyMap<string, Label>,
): Known[] {
  return judgements.flatMap((judgement) => {
    const label = labels.get(judgement.tally.address)
    return label ? [{ ...label, judgement, score: judgement.risk }] : []
  })
}

/** Per kind of attacker how many are found at the threshold for all, and how severe they are. */
function printKinds(all: readonly Known[]): void {
  const threshold = thresholdFor(all, 0.01)
  const kinds = new Map<string, Known[]>()
  for (const known of all.toSorted((a, b) => Number(b.attacker) - Number(a.attacker))) {
    const kind = `${known.attacker ? 'attackers' : 'others'}: ${known.kind}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), known])
  }
  for (const [kind, some] of kinds) {
    const over = some.filter(({ score }) => score >= threshold).length
    const medium = some.filter(isMedium).length
    line(`  ${kind}: ${some.length}; past the threshold, at medium or higher`, `${over}, ${medium}`)
  }
}

export function isMedium({ judgement }: Pick<Known, 'judgement'>): boolean {
  return judgement.severity === 'medium' || judgement.severity === 'high'
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`
}

export function share<Item>(items: readonly Item[], is: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(is).length / items.length
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
