import { createHash } from 'node:crypto'
import { FEATURES } from '../features'

/** Which features this version counts, in their order: what was learned of others is no use. */
export const FEATURE_SET = createHash('sha256')
  .update(FEATURES.map(({ name }) => name).join())
  .digest('hex')
  .slice(0, 16)
