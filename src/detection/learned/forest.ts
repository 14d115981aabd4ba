import type { Detector } from '../detector'
import { plantTrees } from './planting'
import { walk } from './walking'

const TREES = 100
/** Rows per tree: more would let anomalies hide in their own crowd (Liu, Ting, Zhou 2008, 5.1). */
const SAMPLE_SIZE = 256

/**
 * Isolation forest after Liu, Ting and Zhou (ICDM 2008; TKDD 2012): random splits isolate an odd
 * row after few of them. The same seed gives the same scores, on every machine.
 */
export const forest: Detector = {
  name: 'forest',
  async train(usual, seed) {
    const trees = plantTrees(usual, seed, { count: TREES, sampleSize: SAMPLE_SIZE })
    return { score: (rows) => walk(trees, rows) }
  },
}
