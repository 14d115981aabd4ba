import { matchTarget } from '../src/signatures/matcher'
import { SIGNATURES } from '../src/signatures/pack'
import { Link, Place, parsePattern, type Word } from '../src/signatures/pattern'

const ROUNDS = 9
const HOSTILE_BYTES = 1_024
/** How long one measurement of one contestant takes. */
const SLICE_MS = 100

const ORDINARY = [
  ['/', ''],
  ['/blog/2024/05/a-walk-in-the-park', ''],
  ['/assets/index-4f5a.js', ''],
  ['/api/v1/users/4711/posts', 'limit=10&offset=20'],
  ['/collections/all', 'sort_by=price-ascending&page=3'],
  ['/search', 'q=hello+world'],
] as const

const ATTACKS = [
  ['/.env', ''],
  ['/cgi-bin/.%2e/%2e%2e/%2e%2e/%2e%2e/bin/sh', ''],
  ['/item', 'id=1%27%20union%20all%20select%201,2,table_name%20from%20information_schema.tables--'],
  ['/wp-content/plugins/revslider/temp/update_extract/x.php', 'cmd=whoami'],
] as const

const HOSTILE = ['../', '%25', "' or ", '${', '<', ';cat ', 'union select ', '/wp-content/', '/*!']

/**
 * Processor time to match a target against all signatures: ordinary ones, attacks, and 2 KB of what almost
 * matches, again and again; beside it a loop that tries one regular expression per signature, which
 * says the same of a target decoded once. Medians of alternating rounds.
 */
export async function benchSignatures(): Promise<void> {
  const expressions = SIGNATURES.map(expressionOf)
  const naive = (path: string, query: string) => {
    const text = `^${tolerantly(path)}/&${tolerantly(query.replaceAll('+', ' '))}&`.toLowerCase()
    return expressions.filter((expression) => expression.test(text))
  }
  compare('ordinary targets', ORDINARY, naive)
  compare('attacks', ATTACKS, naive)
  const rows = HOSTILE.map((text) => {
    const long = text.repeat(HOSTILE_BYTES).slice(0, HOSTILE_BYTES)
    return { text, ...measure([[`/${long}`, long]], naive) }
  })
  const worst = rows.toSorted((a, b) => b.ours - a.ours)[0]!
  console.log(
    `1 KB of path and 1 KB of query, the worst of ${rows.length}: "${worst.text}" ${microseconds(worst.ours)}`,
  )
  const slowest = rows.toSorted((a, b) => b.loop - a.loop)[0]!
  console.log(
    `  the worst for the loop of regular expressions: "${slowest.text}" ${microseconds(slowest.loop)}; ours ${microseconds(slowest.ours)}, ratio ${(slowest.ours / slowest.loop).toFixed(4)}`,
  )
}

type Targets = readonly (readonly [path: string, query: string])[]
type Match = (path: string, query: string) => unknown

function compare(name: string, targets: Targets, naive: Match): void {
  const { ours, loop } = measure(targets, naive)
  console.log(
    `${name}: ${microseconds(ours)} each; a loop of regular expressions ${microseconds(loop)}, ratio ${(ours / loop).toFixed(3)}`,
  )
}

/** Microseconds of processor time a target. */
function measure(targets: Targets, naive: Match): { ours: number; loop: number } {
  const ours: number[] = []
  const loop: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    ours.push(timed(targets, matchTarget))
    loop.push(timed(targets, naive))
  }
  return { ours: median(ours.slice(1)), loop: median(loop.slice(1)) }
}

function timed(targets: Targets, match: Match): number {
  const end = performance.now() + SLICE_MS
  const before = process.cpuUsage().user
  let count = 0
  do {
    for (const [path, query] of targets) match(path, query)
    count += targets.length
  } while (performance.now() < end)
  return (process.cpuUsage().user - before) / count
}

/** A signature's patterns as one regular expression, as somebody might have written them. */
function expressionOf({ path = [], query = [], target = [] }: (typeof SIGNATURES)[number]): RegExp {
  const sources = [...path, ...query, ...target].map((source) =>
    parsePattern(source, Place.Either)
      .map(
        ({ words, link }, at) =>
          `${at === 0 ? '' : BETWEEN[link]}(?:${words.map(textOf).join('|')})`,
      )
      .join(''),
  )
  return new RegExp(sources.length > 0 ? sources.join('|') : '(?!)')
}

const BETWEEN = { [Link.Behind]: '', [Link.Later]: '[^&]*?', [Link.Anywhere]: '.*?' }

function textOf({ text, isBeginning, isEnd }: Word): string {
  const literal = text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replaceAll('N', '\\d+')
  return `${isBeginning ? '(?<![a-z0-9])' : ''}${literal}${isEnd ? '(?![a-z0-9])' : ''}`
}

function tolerantly(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function microseconds(value: number): string {
  return `${value.toFixed(2)} µs`
}
