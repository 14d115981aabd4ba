import { z } from 'zod'
import { Time, wholeListOf } from '../http/answers'

const Role = z.enum(['admin', 'viewer'])

/** Who is signed in. */
export const SignedInAnswer = z.object({ account: z.object({ email: z.string(), role: Role }) })

/** As whom a request was seen. */
export const WhoAmIAnswer = z.object({
  address: z.string(),
  peer: z.string(),
  because: z.string(),
  /** Forwarding headers that it had and that were not read. */
  ignored: z.array(z.string()),
})

export const AccountAnswer = z.object({
  id: z.number(),
  email: z.string(),
  role: Role,
  createdAt: Time,
})

export const SessionAnswer = z.object({
  id: z.string(),
  email: z.string(),
  createdAt: Time,
  lastSeenAt: Time,
  expiresAt: Time,
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
  /** The one that asks. */
  isCurrent: z.boolean(),
})

export const KeyAnswer = z.object({
  id: z.number(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  tier: z.string().nullable(),
  createdAt: Time,
  lastUsedAt: Time.nullable(),
})

export const KeysAnswer = wholeListOf(KeyAnswer).extend({
  /** Names of the tiers that count keys, the default one first, and `none` for no limit. */
  tiers: z.array(z.string()),
})

/** A new key, which is told this once. */
export const KeyMade = KeyAnswer.partial().extend({ key: z.string() })
