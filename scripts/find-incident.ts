import { timeOfIncident } from '../src/http/incident'
import { findIncident } from '../src/insights/incident'
import { runScript, WrongUsage } from './support/script'

void runScript({
  usage: `ts-node scripts/find-incident.ts <incident> [--json]

Tells which request and which block are behind the incident number of a refusal.`,
  args: [1, 1],
  async run({ args: [text = ''], openDatabase }) {
    const incident = text.trim().toLowerCase()
    if (!timeOfIncident(incident)) {
      throw new WrongUsage('An incident number has 16 digits from 0 to 9 and a to f.')
    }
    const { models } = await openDatabase()
    // The running service writes its requests itself, within a second.
    const found = await findIncident(models, { drain: async () => {} }, incident)
    if (!found) throw new Error('There is no such incident, or none any more.')

    const { ipAddress, timestamp, method, path, block } = found
    const list = block.sourceName === null ? '' : ` ${block.sourceName}`
    const lines = [
      `${timestamp.toISOString()}  ${ipAddress}  ${method} ${path}`,
      `refused by the block of ${block.ipAddress ?? `a /${block.prefix}`} (${block.source}${list}): ${block.reason}`,
      block.expiresAt === null ? 'which had no end' : `until ${block.expiresAt}`,
    ]
    return { text: lines.join('\n'), json: found }
  },
})
