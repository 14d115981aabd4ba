import { visible } from '../net/visible'
import { SIGNATURES } from '../signatures/pack'

/** Characters kept of what matched. */
const LONGEST_EXAMPLE = 200

/** The requests of one address that match one signature. */
export interface SignatureHits {
  name: string
  requests: number
  /** Those answered 400 and above. */
  missed: number
  /** A target or a user agent that matched; empty for who asked not to be followed. */
  example: string
}

/** What was matched by what, in sums and greatest examples, which can be merged. Most see none. */
export class SignatureCounts {
  readonly #hits = new Map<string, SignatureHits>()

  /** Notes a request that matched signatures, by their index; `matched` is the text that did. */
  note(signatures: readonly number[], status: number | null, matched: string): void {
    const example = visible(matched.slice(0, LONGEST_EXAMPLE))
    const missed = (status ?? 0) >= 400 ? 1 : 0
    for (const nth of signatures) {
      this.add({ name: SIGNATURES[nth]!.name, requests: 1, missed, example })
    }
  }

  add({ name, requests, missed, example }: SignatureHits): void {
    const known = this.#hits.get(name)
    if (!known) {
      this.#hits.set(name, { name, requests, missed, example })
      return
    }
    known.requests += requests
    known.missed += missed
    if (example > known.example) known.example = example
  }

  /** All hits, the most frequent first. */
  list(): SignatureHits[] {
    return [...this.#hits.values()].sort(
      (a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1),
    )
  }
}
