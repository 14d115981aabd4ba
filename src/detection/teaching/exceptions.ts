import type { Knex } from 'knex'
import type { Models } from '../../../models'
import type { Exception } from '../../../models/exception'
import type { Address } from '../../net/address'
import { covers, type Network, partsOf } from '../../net/network'
import type { PathPattern } from './path-pattern'

const DAY_MS = 86_400_000

/** How long an exception lasts that does not say, and how long one may last. */
export const EXCEPTION_MS = 30 * DAY_MS
const LONGEST_MS = 366 * DAY_MS

/** The widest network of an exception that names a path, and of one that names an agent only. */
const WIDEST = { path: { 4: 16, 6: 32 }, agent: { 4: 24, 6: 48 } }
const SHORTEST_AGENT = 4

/** What a person calls normal about a finding. */
export interface Normal {
  path?: PathPattern | undefined
  agent?: string | undefined
  /** Around the finding's address; that address when it is not given. */
  network?: Network | undefined
  /** How long, in milliseconds. */
  for?: number | undefined
}

/** An exception that would hide more than was meant; `message` says what to narrow. */
export class TooBroad extends Error {
  override name = 'TooBroad'
}

/** The columns of an exception that say what it covers. */
export type Scope = Pick<Exception, 'network' | 'path' | 'agent' | 'expiresAt'>

/**
 * The exception that a dismissal makes of what is normal about `address`. It always has a network
 * and an end, and names a path, an agent or both, so that no click makes us blind to all that
 * somebody does. Throws `TooBroad`.
 */
export function scopeOf(normal: Normal, address: Network, now = Date.now()): Scope {
  const { path, agent, network = address, for: ms = EXCEPTION_MS } = normal
  if (!path && agent === undefined) {
    throw new TooBroad(
      `Name a path or an agent beside the network. To leave out all that ${network} does, allow it.`,
    )
  }
  if (!covers(network, address)) throw new TooBroad(`${network} does not hold ${address}.`)
  const { prefix, family } = partsOf(network)
  const widest = WIDEST[path ? 'path' : 'agent'][family]
  if (prefix < Math.min(widest, partsOf(address).prefix)) {
    const more = path ? '' : ' without a path'
    throw new TooBroad(`${network} is too wide for an exception${more}: /${widest} at most.`)
  }
  if (agent !== undefined && agent.length < SHORTEST_AGENT) {
    throw new TooBroad(
      `"${agent}" is part of too many agents: ${SHORTEST_AGENT} characters at least.`,
    )
  }
  if (ms > LONGEST_MS) throw new TooBroad('An exception lasts a year at most (365d).')
  return {
    network,
    path: path?.text ?? null,
    agent: agent ?? null,
    expiresAt: new Date(now + ms),
  }
}

/** The exceptions in force. */
export function runningExceptions(model: Models['Exception'], trx?: Knex.Transaction) {
  return model.query(trx).whereRaw('expires_at > now()')
}

/** Who removes an exception, and from where. */
interface Given {
  by: string
  from: Address
}

/** Ends one exception and notes it in the audit log; false when there is no such one. */
export async function removeException(
  { Exception, AuditEntry }: Pick<Models, 'Exception' | 'AuditEntry'>,
  id: number,
  given: Given,
): Promise<boolean> {
  return Exception.transaction(async (trx) => {
    const exception = await Exception.query(trx).delete().where('id', id).returning('*').first()
    if (!exception) return false
    await noteException(AuditEntry, trx, 'exception.delete', exception, given)
    return true
  })
}

/** Notes in the audit log that an exception was made or removed. */
export async function noteException(
  model: Models['AuditEntry'],
  trx: Knex.Transaction,
  action: 'exception.create' | 'exception.delete',
  { id, network, path, agent, expiresAt }: Exception,
  { by, from }: Given,
): Promise<void> {
  await model.query(trx).insert({
    actor: by,
    action,
    subject: network,
    details: { id, path, agent, expiresAt },
    ipAddress: from,
  })
}
