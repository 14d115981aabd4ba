import type { Detector, Model } from './detector'
import { joinParts, splitParts } from './parts'
import { plantTrees } from './planting'
import type { Trees } from './trees'
import { walk } from './walking'

const TREES = 100
/** Rows per tree: more would let anomalies hide in their own crowd (Liu, Ting, Zhou 2008, 5.1) … */
const SAMPLE_SIZE = 256
/** … which a baseline without attacks has none of; there more rows tell more. */
const CLEAN_SAMPLE_SIZE = 1_024

/**
 * Isolation forest after Liu, Ting and Zhou (ICDM 2008; TKDD 2012): random splits isolate an odd
 * row after few of them. The same seed gives the same scores, on every machine.
 */
export const forest: Detector = {
  name: 'forest',
  async train(usual, { seed, clean }) {
    const sampleSize = clean ? CLEAN_SAMPLE_SIZE : SAMPLE_SIZE
    return forestModel(plantTrees(usual, seed, { count: TREES, sampleSize }))
  },
  async unpack(bytes) {
    return unpackForest(bytes)
  },
}

/** A model out of trees, ours or others'. */
export function forestModel(trees: Trees): Model {
  const { features, lefts, paths, ...facts } = trees
  return {
    score: (rows) => walk(trees, rows),
    pack: () => joinParts({ facts, arrays: { features, lefts, paths } }),
  }
}

/** The model again; throws when these are not its bytes. */
export function unpackForest(bytes: Uint8Array): Model {
  const { facts, arrays } = splitParts<Omit<Trees, 'features' | 'lefts' | 'paths'>>(bytes)
  return forestModel({ ...facts, ...arrays } as Trees)
}
