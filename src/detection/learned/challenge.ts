import { toMatrix } from '../features'
import type { Matrix } from './detector'
import { makeDrills } from './drills'
import type { LearnedModel } from './learned-model'
import { rankCorrelation } from './rank-correlation'

/** With fewer rows there is no "usual" to learn. */
export const FEWEST_ROWS = 32

/** A canary is seen when it is as odd as one in a hundred usual clients (see `calibrate`). */
const SEEN = 0.5
/** Of the canaries that an incumbent sees, the challenger must see so many. */
const LEAST_RECALL = 0.8
/** How alike the challenger and the champion must rank the same rows. */
const LEAST_CORRELATION = 0.7
/** As odd as one in a thousand. */
const VERY_ODD = 0.9
/**
 * How many of the rows to learn from may be, to an incumbent, as odd as one in a thousand. Ten times
 * of what is to be expected, for sites change.
 */
const MOST_ODD = 0.01

/** How a challenger did; kept with the run that trained it. */
export interface Verdict {
  promoted: boolean
  /** One sentence. */
  why: string
  /** Share of the canaries that were seen, and the most that an incumbent sees. */
  drills?: Recall
  prototypes?: Recall
  /** Spearman's, with the champion. */
  rankCorrelation?: number
  /** Share of the rows learned from that an incumbent finds as odd as one in a thousand. */
  oddRows?: number
}

interface Recall {
  challenger: number
  incumbents: number
}

/** What a challenger is tried on. Rows as `observe` writes them down. */
export interface Trial {
  challenger: LearnedModel
  /** The champion, and then the one of a week ago, by which slow changes are seen. */
  incumbents: readonly LearnedModel[]
  /** What the challenger has learned from. */
  baseline: Matrix
  /** Attacks that people have confirmed. */
  prototypes: Matrix
  seed: number
}

/**
 * Whether a challenger may take the champion's place. It may not when it has learned from rows that
 * the incumbents find odd, sees less of what they see, or ranks clients quite differently: then
 * either somebody has taught it, or something is wrong with it. Both is for people to look at.
 */
export function tryChallenger(trial: Trial): Verdict {
  const { challenger, incumbents, baseline, prototypes, seed } = trial
  const champion = incumbents[0]
  if (!champion) return { promoted: true, why: 'It is the first.' }

  const drills = makeDrills(baseline, incumbents.at(-1)!.usual, seed)
  const recall = (canaries: Matrix): Recall => ({
    challenger: shareFrom(SEEN, challenger, canaries),
    incumbents: Math.max(...incumbents.map((model) => shareFrom(SEEN, model, canaries))),
  })
  const tried = {
    oddRows: Math.max(...incumbents.map((model) => shareFrom(VERY_ODD, model, baseline))),
    drills: recall(drills),
    ...(prototypes.rows > 0 && { prototypes: recall(prototypes) }),
    rankCorrelation: rankCorrelation(
      scoresOf(challenger, baseline, drills),
      scoresOf(champion, baseline, drills),
    ),
  }
  const objection = objectionTo(tried)
  return { promoted: !objection, why: objection ?? 'It sees what the champion sees.', ...tried }
}

function objectionTo({ oddRows, drills, prototypes, rankCorrelation }: Partial<Verdict>) {
  if (oddRows! > MOST_ODD) {
    return `Of the rows to learn from, ${percent(oddRows!)} are as odd as one in a thousand was before.`
  }
  if (prototypes && isBlind(prototypes)) return `Of confirmed attacks ${seen(prototypes)}.`
  if (isBlind(drills!)) return `Of made-up attacks ${seen(drills!)}.`
  if (rankCorrelation! < LEAST_CORRELATION) {
    return `It ranks clients unlike the champion (correlation ${rankCorrelation!.toFixed(2)}).`
  }
  return undefined
}

function isBlind({ challenger, incumbents }: Recall): boolean {
  return challenger < LEAST_RECALL * incumbents
}

function seen({ challenger, incumbents }: Recall): string {
  return `it sees ${percent(challenger)}, and an earlier model ${percent(incumbents)}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function shareFrom(least: number, model: LearnedModel, observed: Matrix): number {
  const scores = scoresOf(model, observed)
  return scores.filter((score) => score >= least).length / (scores.length || 1)
}

function scoresOf({ usual, ensemble }: LearnedModel, ...observed: Matrix[]): Float64Array {
  const scores = observed.map((rows) => ensemble.score(toMatrix(rows, usual)))
  return Float64Array.from(scores.flatMap((some) => Array.from(some)))
}
