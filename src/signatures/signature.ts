/** What a request that matches is after. */
export type Family =
  | 'secrets'
  | 'backups'
  | 'panels'
  | 'cms'
  | 'exploits'
  | 'traversal'
  | 'injection'
  | 'shells'
  | 'enumeration'
  | 'scanners'

/**
 * How sure one match makes us: *high* is an attack whoever sends it, *medium* is one unless the site
 * itself serves what was asked for, *low* says something only beside other evidence.
 */
export type SignatureSeverity = 'low' | 'medium' | 'high'

/**
 * One thing that attackers do, and how it looks in a request. The patterns are literal texts
 * (`pattern.ts` says how they are written); one that matches is enough.
 */
export interface Signature {
  /** Stable: stored beside what it matched. */
  readonly name: string
  /** How a person reads it, in the place of "…" in "asked for …", "tried …" or "a scanner: …". */
  readonly title: string
  readonly family: Family
  readonly severity: SignatureSeverity
  /** Whether one target that matches says next to nothing, and only several different ones do. */
  readonly onlySeveral?: boolean
  /** A CVE, or where to read more. */
  readonly reference?: string
  /** Patterns of the path, as servers understand it. */
  readonly path?: readonly string[]
  /** Patterns of the query. */
  readonly query?: readonly string[]
  /** Patterns of either. */
  readonly target?: readonly string[]
  /** Patterns of the path as it was sent: nothing decoded, only in lower case. */
  readonly encodedPath?: readonly string[]
  /** Patterns of the query as it was sent. */
  readonly encodedQuery?: readonly string[]
  /** Patterns of the user agent. */
  readonly agent?: readonly string[]
}
