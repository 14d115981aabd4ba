import { z } from 'zod'
import { InvalidAddress, requireAddress } from '../net/address'
import { InvalidNetwork, requireNetwork } from '../net/network'
import { visible, visibleLines } from '../net/visible'
import { InvalidDuration, requireDuration } from './duration'

/** A text that a database can keep and a terminal can show, on one line: see `visible`. */
export const StoredText = z.string().overwrite(visible)

/** Like `StoredText`, with line breaks. */
export const StoredLines = z.string().overwrite(visibleLines)

/** An address in canonical form; what is none is refused with a sentence. */
export const AddressText = z
  .string()
  .transform(reading(requireAddress, InvalidAddress, 'invalid_address'))

/** An address or a network in canonical form; what is none is refused with a sentence. */
export const NetworkText = z
  .string()
  .transform(reading(requireNetwork, InvalidNetwork, 'invalid_address'))

/** `30m`, `24h`, `7d` in milliseconds. */
export const DurationText = z.string().transform(reading(requireDuration, InvalidDuration))

/**
 * Reads with a function of ours, whose error of the kind `Refused` becomes the field's issue; `code`
 * names the problem when the request has no other.
 */
export function reading<Value>(
  read: (text: string) => Value,
  Refused: abstract new (...args: never[]) => Error,
  code?: string,
) {
  return (text: string, refinement: z.RefinementCtx<string>): Value => {
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refinement.addIssue({ code: 'custom', message: error.message, params: { code } })
      return z.NEVER
    }
  }
}
