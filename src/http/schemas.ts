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

/** A moment of the years 1970 to 9999, which everybody concerned can store and write. */
export const Moment = z.coerce.date().min(new Date(0)).max(new Date('9999-12-31T23:59:59.999Z'))

/** A country by its two letters (ISO 3166-1), or `-` for one that is not known. */
export const CountryText = z
  .string()
  .regex(/^(?:-|[a-z]{2})$/i, 'takes the two letters of a country, or -')
  .toUpperCase()

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
