import { visible } from '../net/visible'
import { SIGNATURES } from '../signatures/pack'
import { countBits, hashText } from './sketch'

/** Characters kept of what matched. */
const LONGEST_EXAMPLE = 200

/** The requests of one address that match one signature. */
export interface SignatureHits {
  name: string
  requests: number
  /** Those answered 400 and above. */
  missed: number
  /** One bit of 32 for each different target or user agent, by its hash; 0 when it is not known. */
  targets: number
  /** A target or a user agent that matched; empty for who asked not to be followed. */
  example: string
}

/** About how many different targets or user agents matched, 32 at most; undefined when it is not known. */
export function differentTargets({ targets }: Pick<SignatureHits, 'targets'>): number | undefined {
  return targets === 0 ? undefined : countBits(targets)
}

/** What was matched by what, in sums and greatest examples, which can be merged. Most see none. */
export class SignatureCounts {
  readonly #hits = new Map<string, SignatureHits>()

  /** Notes a request that matched signatures, by their index; `matched` is the text that did, which is not kept when it is not to be shown. */
  note(
    signatures: readonly number[],
    status: number | null,
    matched: string,
    isShown: boolean,
  ): void {
    if (signatures.length === 0) return
    const example = isShown ? visible(matched.slice(0, LONGEST_EXAMPLE)) : ''
    const targets = 1 << (hashText(matched) >>> 27)
    const missed = (status ?? 0) >= 400 ? 1 : 0
    for (const nth of signatures) {
      this.add({ name: SIGNATURES[nth]!.name, requests: 1, missed, targets, example })
    }
  }

  add({ name, requests, missed, targets, example }: SignatureHits): void {
    const known = this.#hits.get(name)
    if (!known) {
      this.#hits.set(name, { name, requests, missed, targets, example })
      return
    }
    known.requests += requests
    known.missed += missed
    known.targets |= targets
    if (example > known.example) known.example = example
  }

  /** All hits, the most frequent first. */
  list(): SignatureHits[] {
    return [...this.#hits.values()].sort(
      (a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1),
    )
  }
}
