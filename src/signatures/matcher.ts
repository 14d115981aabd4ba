import { SIGNATURES } from './pack'
import { hasNumber, type Pattern, Place, parsePattern } from './pattern'
import { PatternSet } from './pattern-set'
import { plainAgent, plainTarget, sentTarget, withoutNumbers } from './plain-target'
import type { Signature } from './signature'

const NONE: readonly number[] = []

const sources = [...SIGNATURES.entries()].flatMap(([index, signature]) =>
  targetSources(signature).map((source) => ({ ...source, index })),
)
const PLAIN = compile(sources.filter(({ source }) => !hasNumber(source)))
const NUMBERS = compile(sources.filter(({ source }) => hasNumber(source)))
const SENT = compile(sourcesOf('encoded', Place.Either))
const AGENT = compile(sourcesOf('agent', Place.Path))

/**
 * The signatures, as indexes of `SIGNATURES`, that a request target matches; `query` is what stands
 * behind the `?`. Whatever the target, the time is proportional to its length, some nanoseconds a
 * character (`bench/signatures.ts`); more than 4,096 characters of either are not looked at.
 */
export function matchTarget(path: string, query: string): readonly number[] {
  const matched: number[] = []
  stepsOfTarget(path, query, matched)
  return matched.length === 0 ? NONE : matched
}

/** The signatures that a user agent matches. */
export function matchAgent(userAgent: string): readonly number[] {
  const matched: number[] = []
  AGENT.match(plainAgent(userAgent), matched)
  return matched.length === 0 ? NONE : matched
}

/**
 * Adds to `matched` what `matchTarget` answers, and answers how many steps that took: one for each
 * character of each text that was searched, and one for each term of a pattern that ended there.
 */
export function stepsOfTarget(path: string, query: string, matched: number[]): number {
  const plain = plainTarget(path, query)
  let steps = PLAIN.match(plain, matched)
  if (!plain.isOrdinary) steps += NUMBERS.match(withoutNumbers(plain), matched)
  if (path.includes('%') || query.includes('%')) {
    steps += SENT.match(sentTarget(path, query), matched)
  }
  return steps
}

/** Most steps that one character of a target can cost, whatever stands around it. */
export const MOST_STEPS_PER_CHARACTER = [PLAIN, NUMBERS, SENT]
  .map(({ automaton }) => 1 + automaton.mostAtOnce)
  .reduce((sum, steps) => sum + steps)

interface Source {
  index: number
  source: string
  pattern: Pattern
}

function targetSources({ path, query, target }: Signature): Omit<Source, 'index'>[] {
  return [
    ...(path ?? []).map((source) => ({ source, pattern: parsePattern(source, Place.Path) })),
    ...(query ?? []).map((source) => ({ source, pattern: parsePattern(source, Place.Query) })),
    ...(target ?? []).map((source) => ({ source, pattern: parsePattern(source, Place.Either) })),
  ]
}

function sourcesOf(field: 'encoded' | 'agent', place: Place): Source[] {
  return SIGNATURES.flatMap((signature, index) =>
    (signature[field] ?? []).map((source) => ({
      index,
      source,
      pattern: parsePattern(source, place),
    })),
  )
}

function compile(sources: readonly Source[]): PatternSet {
  return new PatternSet(
    sources.map(({ pattern }) => pattern),
    sources.map(({ index }) => index),
  )
}
