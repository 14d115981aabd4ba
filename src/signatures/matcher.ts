import { SIGNATURES } from './pack'
import { hasNumber, Place, parsePattern } from './pattern'
import { PatternSet } from './pattern-set'
import { plainAgent, plainTarget, sentTarget, withoutNumbers } from './plain-target'

const NONE: readonly number[] = []

/** Of a path that was not sent as it is meant, or is none at all. */
const ESCAPE = /[%\\]/

const inTargets = [
  ...sourcesOf('path', Place.Path),
  ...sourcesOf('query', Place.Query),
  ...sourcesOf('target', Place.Either),
]
const PLAIN = compile(inTargets.filter(({ source }) => !hasNumber(source)))
const NUMBERS = compile(inTargets.filter(({ source }) => hasNumber(source)))
const SENT = compile([
  ...sourcesOf('encodedPath', Place.Path),
  ...sourcesOf('encodedQuery', Place.Query),
])
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
  if (ESCAPE.test(path) || query.includes('%')) {
    steps += SENT.match(sentTarget(path, query), matched)
  }
  return steps
}

/** Most steps that one character of a target can cost, whatever stands around it. */
export const MOST_STEPS_PER_CHARACTER = [PLAIN, NUMBERS, SENT]
  .map(({ automaton }) => 1 + automaton.mostAtOnce)
  .reduce((sum, steps) => sum + steps)

interface Source {
  /** Of the signature. */
  index: number
  source: string
  place: Place
}

type Field = 'path' | 'query' | 'target' | 'encodedPath' | 'encodedQuery' | 'agent'

function sourcesOf(field: Field, place: Place): Source[] {
  return SIGNATURES.flatMap((signature, index) =>
    (signature[field] ?? []).map((source) => ({ index, source, place })),
  )
}

function compile(sources: readonly Source[]): PatternSet {
  return new PatternSet(
    sources.map(({ source, place }) => parsePattern(source, place)),
    sources.map(({ index }) => index),
  )
}
