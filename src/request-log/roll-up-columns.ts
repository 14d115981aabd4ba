import { SAMPLE_SIZE } from './bottom-k'
import { LEVEL_WORDS } from './sketch'

/** Levels of the sketches: they end at some 68,000 different paths and 270 different agents. */
export const PATH_LEVELS = 5
export const AGENT_LEVELS = 1

/** What of two roll-ups is added when they are made one. */
export const SUMS = [
  'requests',
  /** Requests whose rows are in the request log; the others were left out in a flood. */
  'kept',
  /** Answers 401 and 403. */
  'denied',
  /** Answers 404; and those of them to requests for pages, not for parts of pages. */
  'notFound',
  'pagesNotFound',
  /** All other answers 400 to 499. */
  'otherClientErrors',
  /** Answers 500 and above. */
  'serverErrors',
  /** Requests with methods that do not only read. */
  'writes',
  /** Requests by tools, libraries and nameless agents. */
  'toolRequests',
  /** Requests by robots, as isbot knows them, and by agents that say nothing of themselves. */
  'robotRequests',
  'namelessRequests',
  /** Names and passwords sent to pages that check them, and how often the answer was no. */
  'authAttempts',
  'authFailures',
  /** Requests for parts of pages. */
  'assets',
  /** Requests for pages that are known to have come without a referer. */
  'withoutReferer',
  /** Requests for the page whose number is next to that of the one before. */
  'sequentialIds',
  /** Gaps between two requests. */
  'gaps',
] as const

/** Of what the larger one counts. */
export const LARGEST = [
  /** Bytes of the longest path and query. */
  'longestTarget',
  /** Most segments of a path. */
  'depth',
  /** Most requests in one clock minute, and in ten seconds of the clock. */
  'busiestMinute',
  'busiestTenSeconds',
] as const

/** What holds a bit for each that was there. */
export const SETS = [
  /** The crawlers that its agents name (`crawlersNamed`). */
  'claims',
  'methods',
] as const

/** What is added and may be large, or no whole number. */
export const REAL_SUMS = [
  /** Bytes answered, as far as known. */
  'bytes',
  /** The sum of the seconds of the gaps, and that of their squares. */
  'gapSeconds',
  'gapSquares',
] as const

export const COUNTS = [...SUMS, ...LARGEST, ...SETS] as const
export type Count = (typeof COUNTS)[number]
export type Real = (typeof REAL_SUMS)[number]

/** Which of the whole numbers of a roll-up each count is. */
export const AT = Object.fromEntries(COUNTS.map((name, nth) => [name, nth])) as Record<
  Count,
  number
>

/** Where its sketches begin among them: bits, too. */
export const PATHS = COUNTS.length
export const AGENTS = PATHS + PATH_LEVELS * LEVEL_WORDS
/** Which minutes of the hour. */
export const MINUTES = AGENTS + AGENT_LEVELS * LEVEL_WORDS
/** Samples of the templates of paths: answered below 400, or we do not know how; and all others. */
export const SERVED = MINUTES + LEVEL_WORDS
export const MISSED = SERVED + 1 + SAMPLE_SIZE
/** So many whole numbers a roll-up has. A sample takes its length, and room for as many hashes as it may have. */
export const WIDTH = MISSED + 1 + SAMPLE_SIZE

/** Which of its real numbers the sums are, and its first and last moment in milliseconds since 1970. */
export const REAL_AT = { bytes: 0, gapSeconds: 1, gapSquares: 2 } as const
export const FIRST_SEEN = REAL_SUMS.length
export const LAST_SEEN = FIRST_SEEN + 1
export const REAL_WIDTH = LAST_SEEN + 1
