import { addressRollups, hashOf } from '../../../models/address-rollup'
import type { Address } from '../../net/address'
import type { CopiedRow } from '../../platform/copy-out'
import { noteInSample, type Sample } from '../../request-log/bottom-k'
import { AGENT_LEVELS, PATH_LEVELS } from '../../request-log/roll-up-columns'
import { newSketch, onlyBit, setBits } from '../../request-log/sketch'
import { type Tally, tallyOf } from './tally'

/**
 * Merges the roll-ups of each address that meet a condition: the rows that `TallyReader` reads. What
 * was done for sensitive paths is a list of their names and numbers.
 */
export function mergedRollUps(condition: string): string {
  return `
    select ip_address, country, asn, requests, denied, not_found, pages_not_found,
           other_client_errors, server_errors, writes, methods, tool_requests, robot_requests,
           nameless_requests, claims, auth_attempts, auth_failures, without_referer, assets, bytes,
           longest_target, depth, sequential_ids, busiest_minute, busiest_ten_seconds, gaps,
           gap_seconds, gap_squares, paths, agents, minutes, served, missed, sensitive
      from (select ip_address, ${addressRollups.merged},
                   (json_agg(json_build_array(sensitive_path, requests))
                      filter (where sensitive_path is not null))::text as sensitive
              from address_rollups
             where ${condition}
             group by ip_address) as merged`
}

/** Reads rows of `mergedRollUps`. */
export class TallyReader {
  readonly #sensitivePaths: ReadonlySet<string>
  // What a row holds is read into these, and the next row into them again.
  readonly #paths = newSketch(PATH_LEVELS)
  readonly #agents = newSketch(AGENT_LEVELS)
  readonly #minutes = newSketch(1)
  readonly #served: Sample = []
  readonly #missed: Sample = []

  /** Of other paths it is not said that they are sensitive. */
  constructor(sensitivePaths: readonly string[]) {
    this.#sensitivePaths = new Set(sensitivePaths)
  }

  read(row: CopiedRow): Tally {
    const address = row.inet() as Address
    // Values are read in the order in which they are written here, which is that of the columns.
    const merged = {
      country: row.text(),
      asn: row.int8(),
      requests: row.int4(),
      denied: row.int4(),
      notFound: row.int4(),
      pagesNotFound: row.int4(),
      otherClientErrors: row.int4(),
      serverErrors: row.int4(),
      writes: row.int4(),
      methods: row.int2(),
      toolRequests: row.int4(),
      robotRequests: row.int4(),
      namelessRequests: row.int4(),
      claims: row.int4(),
      authAttempts: row.int4(),
      authFailures: row.int4(),
      withoutReferer: row.int4(),
      assets: row.int4(),
      bytes: row.int8()!,
      longestTarget: row.int4(),
      depth: row.int4(),
      sequentialIds: row.int4(),
      busiestMinute: row.int4(),
      busiestTenSeconds: row.int4(),
      gaps: row.int4(),
      gapSeconds: row.float8(),
      gapSquares: row.float8(),
    }
    row.bit(this.#paths)
    row.bit(this.#agents)
    row.bit(this.#minutes)
    readSample(row, this.#served)
    readSample(row, this.#missed)
    const tally = tallyOf(address, merged, {
      pathBits: setBits(this.#paths),
      agentBits: setBits(this.#agents),
      agent: onlyBit(this.#agents),
      activeMinutes: setBits(this.#minutes)[0]!,
      served: this.#served,
      missed: this.#missed,
    })
    const sensitive = row.text()
    if (sensitive !== null) tally.sensitive = this.#sensitive(JSON.parse(sensitive))
    return tally
  }

  #sensitive(counted: [path: string, requests: number][]): Record<string, number> {
    const sensitive: Record<string, number> = {}
    for (const [path, requests] of counted) {
      if (this.#sensitivePaths.has(path)) sensitive[path] = (sensitive[path] ?? 0) + requests
    }
    return sensitive
  }
}

function readSample(row: CopiedRow, sample: Sample): void {
  sample.length = 0
  row.words((word) => noteInSample(sample, hashOf(word)))
}
