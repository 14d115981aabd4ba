import { isIP } from 'node:net'

const LONGEST_QUOTE = 60

/** Why a text is not an address: one sentence that shows the text and what to write instead. */
export function explainAddress(text: string): string {
  return `${quote(text)} ${addressFault(text)}.`
}

/** Why a text is neither an address nor a network, whatever stands before and behind its slash. */
export function explainNetwork(text: string): string {
  const slash = text.indexOf('/')
  if (slash < 0) return explainAddress(text)

  const address = text.slice(0, slash)
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0) return `${quote(text)} is not a network: ${explainAddress(address)}`
  return `${quote(text)} ${prefixFault(text.slice(slash + 1), family === 4 ? 32 : 128)}.`
}

/** A text as it may stand in a sentence or a terminal: quoted, escaped, and not too long. */
export function quote(text: string): string {
  const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function addressFault(text: string): string {
  if (text.trim() === '') return 'is empty: write an address such as 192.0.2.1 or 2001:db8::1'
  if (/\s/.test(text)) return 'has blanks in it: write the address alone'
  if (/[^\x21-\x7e]/.test(text)) return 'has characters in it that only look like digits or letters'
  if (text.includes('/')) return 'is a network, and a single address is wanted here'

  const zone = text.indexOf('%')
  if (zone >= 0 && isIP(text.slice(0, zone)) === 6) {
    return `has a zone, which means something on one machine only: write ${text.slice(0, zone)}`
  }
  const bracketed = /^\[(.*)\](:\d*)?$/.exec(text)?.[1]
  if (bracketed !== undefined && isIP(bracketed) === 6) {
    return `has brackets${text.endsWith(']') ? '' : ' and a port'}: write ${bracketed}`
  }
  const ends = text.split('-')
  if (ends.length === 2 && ends.every((end) => isIP(end))) {
    return 'is a range: write its networks, such as 192.0.2.0/24, or import it from a file'
  }
  const [host = '', port] = text.split(':')
  if (port !== undefined && isIP(host) === 4) return `has a port: write ${host}`
  if (text.includes(':')) return 'is not an IPv6 address: write one such as 2001:db8::1'
  return ipv4Fault(text)
}

function ipv4Fault(text: string): string {
  const parts = text.split('.')
  if (parts.some((part) => /^0x[\da-f]*$/i.test(part))) {
    return 'has hexadecimal numbers: write four decimal ones, such as 192.0.2.1'
  }
  if (!/^[\d.]+$/.test(text)) {
    return 'is not an address: host names are not looked up, write an address such as 192.0.2.1'
  }
  if (parts.length !== 4 || parts.includes('')) {
    return 'is not a whole address: IPv4 has four numbers, such as 192.0.2.1'
  }
  if (parts.some((part) => /^0\d/.test(part))) {
    return 'has leading zeros, which some programs read as octal: write the numbers without them'
  }
  return 'has a number above 255'
}

function prefixFault(prefix: string, bits: number): string {
  if (isIP(prefix) === 4) return 'has a netmask: write the number of its leading ones, such as /24'
  if (!/^\d+$/.test(prefix)) return `needs a number from 0 to ${bits} behind the slash`
  if (/^0\d/.test(prefix)) return 'has leading zeros behind the slash'
  if (Number(prefix) > bits) return `has too long a prefix: at most /${bits} is possible here`
  return 'is wider than the IPv4-mapped addresses: write it as an IPv4 network'
}
