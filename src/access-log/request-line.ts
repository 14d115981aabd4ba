import { splitTarget } from '../net/request-path'

/** Versions there are; servers also write `HTTP/2` and `HTTP/3`. */
const VERSIONS = ['1.1', '2.0', '1.0', '3.0', '2', '3', '0.9', '1']

/** What a client asked for. */
export interface Asked {
  method: string
  path: string
  query: string
}

/**
 * What `METHOD target HTTP/1.1` asks for; HTTP/0.9 has no version. What is not HTTP, such as a TLS
 * handshake on a plain port, or of a version that does not exist, has the method `-` and all of its
 * text as its path.
 */
export function readRequestLine(request: string): Asked {
  const methodEnd = request.indexOf(' ')
  const versionStart = request.lastIndexOf(' HTTP/')
  const hasVersion = versionStart >= methodEnd && methodEnd > 0
  const target = request.slice(methodEnd + 1, hasVersion ? versionStart : undefined)
  const isHttp = hasVersion
    ? VERSIONS.includes(request.slice(versionStart + ' HTTP/'.length))
    : target.startsWith('/')
  if (!isHttp || !isToken(request, methodEnd)) return { method: '-', path: request, query: '' }
  return { method: request.slice(0, methodEnd), ...splitTarget(target) }
}

/** The same where the log has method and target in fields of their own. */
export function askedFor(method: string, target: string): Asked {
  if (!isToken(method, method.length)) return { method: '-', path: target || '-', query: '' }
  return { method, ...splitTarget(target) }
}

function isToken(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
    if (!isLetter && text[i] !== '-' && text[i] !== '_') return false
  }
  return end > 0 && text !== '-'
}
