import type { Tally } from '../detection/hour/tally'
import type { GeoSource } from '../geo/source'
import type { Logger } from '../platform/logger'

/**
 * Adds who runs the networks of addresses, as the request log has it, so that campaigns are seen by
 * it. Nobody is known, and the log says so, from when on the source cannot be asked.
 */
export class Operators {
  #source: Pick<GeoSource, 'find'> | undefined
  readonly #log: Pick<Logger, 'warn'>

  constructor(source: Pick<GeoSource, 'find'>, log: Pick<Logger, 'warn'>) {
    this.#source = source
    this.#log = log
  }

  async name(tallies: readonly Tally[]): Promise<void> {
    try {
      for (const tally of tallies) {
        const found = this.#source?.find(tally.address)
        // Only the first question waits, for the file to be read.
        tally.asn = (found instanceof Promise ? await found : found)?.asn ?? null
      }
    } catch (error) {
      this.#source = undefined
      this.#log.warn({ error }, 'the operators of networks are not known')
    }
  }
}
