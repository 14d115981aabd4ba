import type { Matrix } from './detector'
import { keyOf } from './ordered-key'
import type { Trees } from './trees'
import { NODE_BYTES, openWalk, PAGE_BYTES } from './walking-code'

/** Rows walked through one tree at a time, so that they and the tree stay in the processor's cache. */
const BLOCK = 256
const INT = Int32Array.BYTES_PER_ELEMENT
const FLOAT = Float32Array.BYTES_PER_ELEMENT
const DOUBLE = Float64Array.BYTES_PER_ELEMENT

/** One memory for all forests of a thread, as each reserves gigabytes of addresses, used or not. */
let opened: ReturnType<typeof openWalk> | undefined

/**
 * How odd each row is, 0 to 1: 2^(−E(h)/c(n)), h being the length of its path through a tree.
 *
 * The steps are taken in WebAssembly (`walking-code.ts`), where eight rows walk at a time, no bounds
 * are checked and nothing branches: half of the time of the same in JavaScript. Throws where there is
 * no WebAssembly.
 */
export function walk(trees: Trees, { rows, columns, values }: Matrix): Float64Array {
  opened ??= openWalk()
  const { walkTree, memory } = opened
  const { count, depth, usualPath } = trees
  const inner = 2 ** depth - 1
  const places = layOut(trees, columns)
  const missing = places.end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
  writeTrees(trees, memory.buffer, places)
  const keys = new Int32Array(memory.buffer, places.keys, BLOCK * columns)
  const lengths = new Float64Array(memory.buffer, places.lengths, BLOCK)
  const scores = new Float64Array(rows)

  for (let from = 0; from < rows; from += BLOCK) {
    const some = Math.min(BLOCK, rows - from)
    for (let row = 0, at = from * columns; row < some; row++) {
      for (let column = 0; column < columns; column++) {
        keys[column * BLOCK + row] = keyOf(values[at++]!)
      }
    }
    lengths.fill(0)
    for (let tree = 0; tree < count; tree++) {
      walkTree(
        places.nodes + NODE_BYTES * tree * inner,
        // The first end has number `inner` in the heap.
        places.ends + FLOAT * (tree * (inner + 1) - inner),
        places.keys,
        places.lengths,
        places.lengths + DOUBLE * some,
        depth,
      )
    }
    for (let row = 0; row < some; row++) {
      scores[from + row] = 2 ** (-lengths[row]! / count / usualPath)
    }
  }
  return scores
}

/** Where things are in memory, in bytes. */
interface Places {
  lengths: number
  keys: number
  nodes: number
  ends: number
  end: number
}

/** Blocks of keys are laid out column by column: those of rows that walk together lie side by side. */
function layOut({ count, depth }: Trees, columns: number): Places {
  const keys = DOUBLE * BLOCK
  const nodes = keys + INT * BLOCK * columns
  const ends = nodes + NODE_BYTES * count * (2 ** depth - 1)
  return { lengths: 0, keys, nodes, ends, end: ends + FLOAT * count * 2 ** depth }
}

function writeTrees({ features, lefts, paths }: Trees, memory: ArrayBuffer, places: Places): void {
  const nodes = new Int32Array(memory, places.nodes, 2 * lefts.length)
  for (let node = 0; node < lefts.length; node++) {
    nodes[2 * node] = lefts[node]!
    nodes[2 * node + 1] = INT * BLOCK * features[node]!
  }
  new Float32Array(memory, places.ends, paths.length).set(paths)
}
