import { z } from 'zod'
import { InvalidDuration } from '../http/duration'
import { reading } from '../http/schemas'
import { requireLength } from './escalation'

/** How long a block is to last, as people write it: a duration such as `24h`, or `escalate`. */
export const BlockLength = z.string().transform(reading(requireLength, InvalidDuration))
