import { GREATEST_KEY } from './ordered-key'

const EULER = 0.5772156649015329

/**
 * Isolation trees, ready to be walked. Each is padded to a full binary tree of `depth` levels, laid
 * out as a heap: the children of node i are 2i + 1 and 2i + 2. Every walk takes `depth` steps, and
 * ends in one of 2^depth leaves.
 */
export interface Trees {
  readonly count: number
  readonly depth: number
  readonly columns: number
  /** c(n) of the sample: the path that an ordinary row has. */
  readonly usualPath: number
  /** Per tree and inner node the feature that is compared. */
  readonly features: Int32Array
  /** The greatest key that goes left (`keyOf`); above it one goes right. */
  readonly lefts: Int32Array
  /** Per tree and leaf the length of the path in the tree before it was padded. */
  readonly paths: Float32Array
}

/** Trees in which every walk goes left, until nodes and ends of paths are written into them. */
export function bareTrees(count: number, depth: number, columns: number, usualPath: number): Trees {
  const inner = 2 ** depth - 1
  return {
    count,
    depth,
    columns,
    usualPath,
    features: new Int32Array(count * inner),
    lefts: new Int32Array(count * inner).fill(GREATEST_KEY),
    paths: new Float32Array(count * (inner + 1)),
  }
}

/** Ends a path of this `length` at a node, from which on the tree is padding. */
export function endPath(
  { depth, paths }: Trees,
  tree: number,
  node: number,
  level: number,
  length: number,
): void {
  // Down the padding all comparisons go left.
  let leaf = node
  for (let padded = level; padded < depth; padded++) leaf = 2 * leaf + 1
  paths[tree * 2 ** depth + leaf - (2 ** depth - 1)] = length
}

/** c(n): the mean length of an unsuccessful search in a binary tree of `n` rows. */
export function averagePath(n: number): number {
  if (n < 2) return 0
  if (n === 2) return 1
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n
}
