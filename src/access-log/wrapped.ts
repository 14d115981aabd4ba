import { parseAddress } from '../net/address'
import { readTime } from './timestamp'

/** `nginx[2869]:`, `haproxy:`, `web-1`; not an address, whose colons stand inside. */
const TAG = /^[\w./-]{1,80}(?:\[\d{1,10}\])?:$/
/** `Mar  7 10:05:03`, as RFC 3164 has it. */
const SYSLOG_TIME = /^[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} /
/** Priority and version of RFC 5424, or the priority alone of RFC 3164. */
const PRIORITY = /^<\d{1,3}>(1 )?/
const CONTAINER = /^(?:stdout|stderr) [FP] /
/** `web-1  | `, as docker compose prints it. */
const COMPOSE = /^[\w.-]{1,80} {1,40}\| /

/** No prefix is longer. */
const LONGEST_HEAD = 200

/**
 * What a line may say behind what a collector has put in front of it: syslog (RFC 3164, RFC 5424, or
 * with an ISO time, with and without a tag), a container runtime's `time stdout F` (CRI), docker
 * compose, or a tag alone. Nothing when there is nothing in front; two texts, the likelier first,
 * when the word behind a time may be a host or belong to the line.
 */
export function unwrapped(line: string): string[] {
  const [priority = '', version] = PRIORITY.exec(line.slice(0, 8)) ?? []
  const message = line.slice(priority.length)
  if (version) return behindRfc5424(message)
  const head = message.slice(0, LONGEST_HEAD)
  const compose = COMPOSE.exec(head)
  if (compose) return [message.slice(compose[0].length)]
  const syslogTime = SYSLOG_TIME.exec(head)
  if (syslogTime) return behindTime(message.slice(syslogTime[0].length))
  const first = wordAt(head, 0)
  if (first[4] === '-' && !Number.isNaN(readTime(first))) {
    const rest = message.slice(first.length + 1)
    const container = CONTAINER.exec(rest.slice(0, 10))
    return container ? [rest.slice(container[0].length)] : behindTime(rest)
  }
  const behind = behindTag(message)
  if (behind !== undefined) return [behind]
  return priority === '' ? [] : [message]
}

/** `time host app process message-id structured-data message` */
function behindRfc5424(message: string): string[] {
  let at = 0
  for (let field = 0; field < 5; field++) {
    at = message.indexOf(' ', at) + 1
    if (at === 0) return []
  }
  while (message[at] === '[') {
    const end = message.indexOf(']', at)
    if (end < 0) return []
    at = end + 1
  }
  return [message.slice(message[at] === '-' ? at + 2 : at + 1)]
}

function behindTime(message: string): string[] {
  const behind = behindTag(message)
  if (behind !== undefined) return [behind]
  const text = message.trimStart()
  const host = wordAt(text.slice(0, LONGEST_HEAD), 0)
  const behindHost = text.slice(host.length).trimStart()
  // An address in front of ` - ` is the client's; another one is that of a relay.
  const isRelay = parseAddress(host) !== undefined && !text.startsWith(' - ', host.length)
  return isRelay ? [behindHost, text] : [text, behindHost]
}

/** What stands behind `tag:` or `host tag:`; undefined when there is no tag. */
function behindTag(message: string): string | undefined {
  const head = message.slice(0, LONGEST_HEAD)
  const first = wordAt(head, 0)
  if (TAG.test(first)) return message.slice(first.length + 1).trimStart()
  const second = first === '' ? '' : wordAt(head, first.length + 1)
  return TAG.test(second) ? message.slice(first.length + second.length + 2).trimStart() : undefined
}

/** The word from `at` to the next blank; empty without one. */
function wordAt(text: string, at: number): string {
  return text.slice(at, Math.max(at, text.indexOf(' ', at)))
}
