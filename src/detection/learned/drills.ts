import { FEATURES, type Usual } from '../features'
import type { Matrix } from './detector'
import { sample, seededRandom } from './random'

const DRILLS = 256
/** Features raised in one drill: this many, or one or two more. */
const FEWEST_RAISED = 4
/** How far: times the usual for numbers … */
const FACTORS = [8, 16, 32]
/** … and up to these shares, of so many at least. */
const SHARES = [0.5, 0.75, 1]
const LEAST_BASE = 20

/**
 * Attacks that nobody has made: usual clients in whom a few features are raised far above what is
 * `usual`. Whoever teaches a model to bear an attack makes it blind to some of them.
 */
export function makeDrills(observed: Matrix, usual: Usual, seed: number): Matrix {
  const random = seededRandom(seed)
  const one = (choices: readonly number[]) => choices[Math.floor(random() * choices.length)]!
  const values = new Float64Array(DRILLS * observed.columns)
  for (let drill = 0; drill < DRILLS; drill++) {
    const like = Math.floor(random() * observed.rows) * observed.columns
    const row = values.subarray(drill * observed.columns, (drill + 1) * observed.columns)
    row.set(observed.values.subarray(like, like + observed.columns))
    const raised = FEWEST_RAISED + Math.floor(3 * random())
    for (const nth of sample(raised, FEATURES.length, random)) {
      const [count, base] = [2 * nth, 2 * nth + 1]
      if (FEATURES[nth]!.of) {
        row[base] = Math.max(row[base]!, LEAST_BASE)
        row[count] = Math.max(row[count]!, one(SHARES) * row[base]!)
      } else {
        row[count] = Math.max(row[count]!, one(FACTORS) * (1 + usual.shown[nth]!))
      }
    }
  }
  return { rows: DRILLS, columns: observed.columns, values }
}
