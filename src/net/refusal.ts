import { isIP } from 'node:net'
import { visible } from './visible'

const LONGEST_QUOTE = 60

/** Why a text is not an address: one sentence that shows the text and what to write instead. */
export function explainAddress(text: string): string {
  return `${quote(text)} ${addressFault(text)}.`
}

/** Why a text is neither an address nor a network, whatever stands before and behind its slash. */
export function explainNetwork(text: string): string {
  const slash = text.indexOf('/')
  if (slash < 0 || isUrl(text)) return explainAddress(text)

  const address = text.slice(0, slash)
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0) return `${quote(text)} is not a network: ${explainAddress(address)}`
  return `${quote(text)} ${prefixFault(text.slice(slash + 1), family === 4 ? 32 : 128)}.`
}

/** A text as it may stand in a sentence or a terminal: quoted, escaped, and not too long. */
export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 2 * LONGEST_QUOTE + 2))
  const shown = characters.slice(0, LONGEST_QUOTE).join('')
  const rest = text.length > shown.length ? '…' : ''
  // Blanks other than the common one look like it, or like nothing.
  return `"${visible(shown)
    .replace(/"/g, '\\"')
    .replace(/[^\S ]/g, blankEscape)}${rest}"`
}

function blankEscape(blank: string): string {
  return `\\u${blank.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function addressFault(text: string): string {
  if (text.trim() === '') return 'is empty: write an address such as 192.0.2.1 or 2001:db8::1'
  if (isUrl(text)) return 'is a URL: write the address in it alone'
  const several = text.split(/[\s,;]+/).filter(Boolean)
  if (several.length > 1 && several.every((one) => isIP(one) !== 0)) {
    return 'holds several addresses: give them one at a time'
  }
  if (/\s/.test(text)) return 'has blanks in it: write the address alone'
  if (/\p{C}/u.test(text)) return 'has characters in it that cannot be seen: write it without them'
  if (/[^!-~]/.test(text)) {
    return 'has characters in it that only look like digits or letters: write it in plain ASCII'
  }
  return text.includes('/') ? slashFault(text) : decorationFault(text) || spellingFault(text)
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

function slashFault(text: string): string {
  const first = text.slice(0, text.indexOf('/'))
  const example = isIP(first) !== 0 && !first.includes('%') ? first : '192.0.2.1'
  return `is a network, and a single address is wanted here, such as ${example}`
}

/** What stands around an address and does not belong to it; nothing when there is none inside. */
function decorationFault(text: string): string | undefined {
  const zone = text.indexOf('%')
  if (zone >= 0 && isIP(text.slice(0, zone)) !== 0) {
    return `has a zone, which means something on one machine only: write ${text.slice(0, zone)}`
  }
  const bracketed = /^\[(.*)\](:\d*)?$/.exec(text)?.[1]
  if (bracketed !== undefined && isIP(bracketed) !== 0 && !bracketed.includes('%')) {
    return `has brackets${text.endsWith(']') ? '' : ' and a port'}: write ${bracketed}`
  }
  const quoted = /^(["'])(.*)\1$/.exec(text)?.[2]
  if (quoted !== undefined && isIP(quoted) !== 0) return `has quotes: write ${quoted}`
  const ends = text.split('-')
  if (ends.length === 2 && ends.every((end) => isIP(end) !== 0)) {
    return 'is a range: write its networks, such as 192.0.2.0/24, or import it from a file'
  }
  const [host = '', port] = text.split(':')
  return port !== undefined && isIP(host) === 4 ? `has a port: write ${host}` : undefined
}

function spellingFault(text: string): string {
  if (text.includes(':')) return 'is not an IPv6 address: write one such as 2001:db8::1'
  const parts = text.split('.')
  if (parts.some((part) => /^0x[\da-f]*$/i.test(part))) {
    return 'has hexadecimal numbers: write four decimal ones, such as 192.0.2.1'
  }
  if (!/^[\d.]+$/.test(text)) {
    return 'is not an address: host names are not looked up, write an address such as 192.0.2.1'
  }
  if (parts.length !== 4 || parts.includes('')) {
    return 'is not a whole address: write all four numbers of an IPv4 address, such as 192.0.2.1'
  }
  if (parts.some((part) => /^0\d/.test(part))) {
    return 'has leading zeros, which some programs read as octal: write the numbers without them'
  }
  return 'has a number above 255: write four numbers from 0 to 255, such as 192.0.2.1'
}

function prefixFault(prefix: string, bits: number): string {
  if (isIP(prefix) === 4) return 'has a netmask: write the number of its leading ones, such as /24'
  if (!/^\d+$/.test(prefix)) return `needs a number from 0 to ${bits} behind the slash, such as /24`
  const withZeros = /^0+(\d{1,3})$/.exec(prefix)?.[1]
  if (withZeros) return `has leading zeros behind the slash: write /${withZeros}`
  if (Number(prefix) > bits) return `has too long a prefix: at most /${bits} is possible here`
  return 'is wider than the IPv4-mapped addresses: write it as an IPv4 network'
}
