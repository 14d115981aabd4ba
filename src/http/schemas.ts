import { z } from 'zod'
import { InvalidNetwork, requireNetwork } from '../net/network'
import { InvalidDuration, requireDuration } from './duration'

/** A text that a database can keep: Postgres knows no NUL and no half of a surrogate pair. */
export const StoredText = z
  .string()
  .regex(/^[^\0]*$/, 'must not contain a NUL character')
  .regex(/^\P{Surrogate}*$/u, 'must not contain half a character')

/** An address or a network in canonical form; what is none is refused with a sentence. */
export const NetworkText = z.string().transform(reading(requireNetwork, InvalidNetwork))

/** `30m`, `24h`, `7d` in milliseconds. */
export const DurationText = z.string().transform(reading(requireDuration, InvalidDuration))

/** Reads with a function of ours, whose error of the kind `Refused` becomes the field's issue. */
function reading<Value>(
  read: (text: string) => Value,
  Refused: abstract new (...args: never[]) => Error,
) {
  return (text: string, refinement: z.RefinementCtx<string>): Value => {
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refinement.addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  }
}
