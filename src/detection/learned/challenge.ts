import { toMatrix } from '../features'
import type { Matrix } from './detector'
import { makeDrills } from './drills'
import type { LearnedModel } from './learned-model'
import { rankCorrelation } from './rank-correlation'

/** With fewer rows there is no "usual" to learn. */
export const FEWEST_ROWS = 32

/** A confirmed attack is seen when it is as odd as one in a hundred usual clients (see `calibrate`). */
const SEEN = 0.5
/** Of what an incumbent sees, the challenger must see so much. */
const LEAST_RECALL = 0.8
/** How alike the challenger and the champion must rank the same rows. */
const LEAST_CORRELATION = 0.7
/**
 * How many of the rows to learn from may be so odd to an incumbent: ten and three times as many as are
 * to be expected, for sites change. Somebody who teaches slowly is seen by the second: honest rows of
 * the labelled sites were 2.6 % at most, poisoned ones 2.8–17 % (`bench/detection/challengers.ts`).
 * An incumbent must have learned from so many rows: of one in a hundred the first models of a small
 * site know little, and at five honest clients an hour would let none of their successors win.
 */
const MOST_ODD = [
  { from: 0.9, most: 0.01, rows: 0, as: 'one in a thousand' },
  { from: 0.5, most: 0.03, rows: 300, as: 'one in a hundred' },
]

/** How a challenger did; kept with the run that trained it. */
export interface Verdict {
  promoted: boolean
  /** One sentence. */
  why: string
  /** How surely made-up attacks were seen, and most surely by an incumbent. */
  drills?: Recall
  /** Share of the confirmed attacks that were seen, and the most that an incumbent sees. */
  prototypes?: Recall
  /** Spearman's, with the champion. */
  rankCorrelation?: number
  /** Shares of the rows learned from that an incumbent finds as odd as one in a thousand, and in a hundred. */
  oddRows?: number[]
}

/** 0 to 1. */
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
  const recall = (see: (model: LearnedModel) => number): Recall => ({
    challenger: see(challenger),
    incumbents: Math.max(...incumbents.map(see)),
  })
  const tried = {
    oddRows: MOST_ODD.map(({ from, rows }) =>
      incumbents
        .filter(({ trainedOn }) => trainedOn >= rows)
        .reduce((most, model) => Math.max(most, shareFrom(from, model, baseline)), 0),
    ),
    drills: recall((model) => meanScore(model, drills)),
    ...(prototypes.rows > 0 && {
      prototypes: recall((model) => shareFrom(SEEN, model, prototypes)),
    }),
    rankCorrelation: rankCorrelation(
      scoresOf(challenger, baseline, drills),
      scoresOf(champion, baseline, drills),
    ),
  }
  const objection = objectionTo(tried)
  return { promoted: !objection, why: objection ?? 'It sees what the champion sees.', ...tried }
}

function objectionTo({ oddRows, drills, prototypes, rankCorrelation }: Partial<Verdict>) {
  for (const [nth, { most, as }] of MOST_ODD.entries()) {
    const share = oddRows![nth]!
    if (share > most) {
      return `Of the rows to learn from, ${percent(share)} are as odd as ${as} was before.`
    }
  }
  if (prototypes && isBlind(prototypes)) {
    const { challenger, incumbents } = prototypes
    return `Of confirmed attacks it sees ${percent(challenger)}, and an earlier model ${percent(incumbents)}.`
  }
  if (isBlind(drills!)) {
    const { challenger, incumbents } = drills!
    return `Made-up attacks score ${challenger.toFixed(2)} with it, and ${incumbents.toFixed(2)} with an earlier model.`
  }
  if (rankCorrelation! < LEAST_CORRELATION) {
    return `It ranks clients unlike the champion (correlation ${rankCorrelation!.toFixed(2)}).`
  }
  return undefined
}

function isBlind({ challenger, incumbents }: Recall): boolean {
  return challenger < LEAST_RECALL * incumbents
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function shareFrom(least: number, model: LearnedModel, observed: Matrix): number {
  const scores = scoresOf(model, observed)
  return scores.filter((score) => score >= least).length / (scores.length || 1)
}

/**
 * How surely it sees them. A share of those that pass a threshold would be decided by those next to it,
 * which pass with one training and not with the next: of 72 honest challengers 29 were refused for that.
 */
function meanScore(model: LearnedModel, observed: Matrix): number {
  const scores = scoresOf(model, observed)
  return scores.reduce((sum, score) => sum + score, 0) / (scores.length || 1)
}

function scoresOf({ usual, ensemble }: LearnedModel, ...observed: Matrix[]): Float64Array {
  const scores = observed.map((rows) => ensemble.score(toMatrix(rows, usual)))
  return Float64Array.from(scores.flatMap((some) => Array.from(some)))
}
