import type { FormatParser, IsTrusted } from './format'
import { entryOfColumns } from './w3c'

const START = '<Data Name="'
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * The events that IIS sends to the event log, in XML and each in one line: the fields of its W3C log
 * as `<Data Name="c-ip">192.0.2.7</Data>`.
 */
export function iisEventFormat(isTrusted: IsTrusted): FormatParser {
  return function parseIisEvent(line) {
    if (!line.startsWith('<Event')) return undefined
    const fields = readData(line)
    if (!fields.has('c-ip')) return 'an event without a request'
    return entryOfColumns((name) => fields.get(name), isTrusted)
  }
}

function readData(line: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (let at = line.indexOf(START); at >= 0; at = line.indexOf(START, at + 1)) {
    const nameEnd = line.indexOf('">', at)
    const end = line.indexOf('</Data>', at)
    if (nameEnd < 0 || end < nameEnd) continue
    const name = line.slice(at + START.length, nameEnd)
    fields.set(fieldName(name), unescapeXml(line.slice(nameEnd + 2, end)))
  }
  return fields
}

/** `csUser-Agent` is the log's `cs(User-Agent)`. */
function fieldName(name: string): string {
  return name.replace(/^cs([A-Z].*)$/, 'cs($1)').toLowerCase()
}

function unescapeXml(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]!)
}
