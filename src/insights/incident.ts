import type { Models } from '../../models'
import type { RequestLog } from '../../models/request-log'
import { timeOfIncident } from '../http/incident'
import { parseAddress } from '../net/address'
import { covers, type Network, networkOf, partsOf, requireNetwork } from '../net/network'
import { PSEUDONYM_NETWORK } from '../net/pseudonym'

/** A request is recorded with the time it came in, a little before its incident was numbered. */
const WINDOW_MS = 10_000

/** Ids of this age may still be on their way into the database. */
const FRESH_MS = 60_000

interface Requests {
  /** Resolves when what was recorded so far can be found in the database. */
  drain(): Promise<void>
}

/**
 * What happened under an incident number: the request, and the block that refused it as it was
 * then. The block's network is told as far as the stored address tells it: with IP_STORAGE other
 * than `full`, and once addresses are truncated, a narrower one is null.
 *
 * Undefined when there is no such incident, or none any more: it lives as long as its request.
 */
export async function findIncident(models: Models, requests: Requests, incident: string) {
  const time = timeOfIncident(incident)
  if (time === undefined) return undefined

  if (Date.now() - time.getTime() < FRESH_MS) await requests.drain()
  const request = await models.RequestLog.query()
    .whereBetween('timestamp', [new Date(time.getTime() - WINDOW_MS), time])
    .whereRaw("refusal->>'incident' = ?", [incident])
    .first()
  return request?.refusal ? describe(incident, request) : undefined
}

function describe(incident: string, request: RequestLog) {
  const { ipAddress, timestamp, method, path, refusal } = request
  const { prefix, reason, source, sourceName, expiresAt } = refusal!
  const network = blockedNetwork(ipAddress, prefix)
  const block = { ipAddress: network, prefix, reason, source, sourceName, expiresAt }
  const { id: _, refusal: __, ...shown } = request.toJSON()
  return { incident, ipAddress, timestamp, method, path, block, request: shown }
}

/** The network of `prefix` bits around what was stored of an address; null when that is not known. */
function blockedNetwork(stored: string, prefix: number): Network | null {
  const network = requireNetwork(stored)
  if (covers(PSEUDONYM_NETWORK, network)) return null
  const { address, prefix: known } = partsOf(network)
  return parseAddress(stored) || prefix <= known ? networkOf(address, prefix) : null
}
