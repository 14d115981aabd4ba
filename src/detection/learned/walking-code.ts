/** Rows that walk at a time: a step waits for the one before it, and those of eight rows fill the time. */
const ABREAST = 8

const INT = 4
const DOUBLE = 8
/** A node in memory: the greatest key that goes left, and where the keys of its feature begin. */
export const NODE_BYTES = 2 * INT

/**
 * Lets rows walk through one tree, and adds the lengths of their paths to what is in memory. All but
 * `depth` are places in memory, in bytes: the tree's nodes; where the end of a path with number 0
 * in the heap would be; the keys of the first row; its length; and that behind the last row.
 * Of rows behind the last one something is written up to the next multiple of `ABREAST`.
 */
export type WalkTree = (
  nodes: number,
  ends: number,
  keys: number,
  lengths: number,
  lengthsEnd: number,
  depth: number,
) => void

/** As much of the standard as is used here; there are no types of it without a browser's. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
  Memory: new (size: { initial: number }) => WalkMemory
}

/** Memory of WebAssembly: `buffer` is another one after each `grow`, which counts in pages. */
interface WalkMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

export const PAGE_BYTES = 65_536

/** Memory, and the function that walks in it; throws where there is no WebAssembly. */
export function openWalk(): { memory: WalkMemory; walkTree: WalkTree } {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const module = new WebAssembly.Module(Uint8Array.from(moduleOf(walkTree())))
  const { exports } = new WebAssembly.Instance(module, { walk: { memory } })
  return { memory, ...(exports as { walkTree: WalkTree }) }
}

// Instructions, by the names of the WebAssembly specification (section 5.4), each with what it takes
// in front of it: an expression is the bytes that leave its value on the stack.
type Code = readonly number[]
const get = (local: number): Code => [0x20, local]
const set = (local: number, value: Code): Code => [...value, 0x21, local]
const tee = (local: number, value: Code): Code => [...value, 0x22, local]
const int = (value: number): Code => [0x41, ...signed(value)]
const long = (value: number): Code => [0x42, ...signed(value)]
const loadInt = (at: Code, offset = 0): Code => [...at, 0x28, 2, ...unsigned(offset)]
const loadLong = (at: Code): Code => [...at, 0x29, 3, 0]
const loadFloat = (at: Code): Code => [...at, 0x2a, 2, 0]
const loadDouble = (at: Code, offset: number): Code => [...at, 0x2b, 3, ...unsigned(offset)]
const storeDouble = (at: Code, offset: number, value: Code): Code => [
  ...[...at, ...value, 0x39, 3],
  ...unsigned(offset),
]
const isGreater = (a: Code, b: Code): Code => [...a, ...b, 0x4a]
const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49]
const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
const minus = (a: Code, b: Code): Code => [...a, ...b, 0x6b]
const times2To = (power: number, a: Code): Code => [...a, ...int(power), 0x74]
const half = (a: Code): Code => [...a, ...int(1), 0x76]
const addDoubles = (a: Code, b: Code): Code => [...a, ...b, 0xa0]
const toDouble = (float: Code): Code => [...float, 0xbb]
const lowWord = (a: Code): Code => [...a, 0xa7]
const highWord = (a: Code): Code => lowWord([...a, ...long(32), 0x88])
/** Does `work` again as long as `condition` holds. */
const repeat = (work: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...work,
  ...condition,
  0x0d,
  0,
  0x0b,
]

/** The body of `WalkTree`. Where a row is in the tree is counted in bytes: at node n it is 8 n. */
function walkTree(): Code {
  const [nodes, ends, keys, lengths, lengthsEnd, depth] = [0, 1, 2, 3, 4, 5]
  const place = (row: number) => 6 + row
  const [level, node] = [place(ABREAST), place(ABREAST) + 1]

  const rows = Array.from({ length: ABREAST }, (_, row) => row)
  const key = (row: number) => loadInt(add(get(keys), highWord(get(node))), INT * row)
  // To node 2n + 1, or to 2n + 2 when the key is greater: nothing branches.
  const step = (row: number) => [
    ...set(node, loadLong(add(get(nodes), get(place(row))))),
    ...set(
      place(row),
      add(
        add(times2To(1, get(place(row))), int(NODE_BYTES)),
        times2To(3, isGreater(key(row), lowWord(get(node)))),
      ),
    ),
  ]
  // An end takes half of the bytes of a node.
  const end = (row: number) => toDouble(loadFloat(add(get(ends), half(get(place(row))))))
  const finish = (row: number) =>
    storeDouble(
      get(lengths),
      DOUBLE * row,
      addDoubles(loadDouble(get(lengths), DOUBLE * row), end(row)),
    )

  const walkAbreast = [
    ...rows.flatMap((row) => set(place(row), int(0))),
    ...set(level, get(depth)),
    ...repeat(rows.flatMap(step), tee(level, minus(get(level), int(1)))),
    ...rows.flatMap(finish),
    ...set(keys, add(get(keys), int(INT * ABREAST))),
  ]
  const next = tee(lengths, add(get(lengths), int(DOUBLE * ABREAST)))
  return repeat(walkAbreast, isBelow(next, get(lengthsEnd)))
}

/** The bytes of a module that imports `walk.memory` and exports `walkTree` with this body (section 5.5). */
function moduleOf(body: Code): number[] {
  const [i32, i64] = [0x7f, 0x7e]
  const section = (id: number, content: Code): Code => [id, ...vector(content)]
  const locals = [2, ABREAST + 1, i32, 1, i64]
  return [
    ...[0, ...text('asm'), 1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, ...Array<number>(6).fill(i32), 0]), // One type: six numbers, no result.
    ...section(2, [1, ...vector(text('walk')), ...vector(text('memory')), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...vector(text('walkTree')), 0, 0]),
    ...section(10, [1, ...vector([...locals, ...body, 0x0b])]),
  ]
}

function vector(content: Code): Code {
  return [...unsigned(content.length), ...content]
}

function text(letters: string): Code {
  return Array.from(letters, (letter) => letter.charCodeAt(0))
}

/** A number as LEB128: seven bits a byte, the lowest first … */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** … and one that could be negative, but is not: the last bit of all is its sign. */
function signed(value: number): Code {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)]
}
