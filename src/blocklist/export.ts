import { partsOf } from '../net/network'
import type { Blocklist } from './blocklist'
import type { Block } from './snapshot'

/** The list, as far as it is exported. */
type Listed = Pick<Blocklist, 'blocks' | 'allowed'>

interface Format {
  /** Content type. */
  type: string
  write(list: Listed): Generator<string>
}

/**
 * The active list for other programs, a piece of text at a time. Blocks inside an allowed network
 * are left out; an allowed network inside a block can only be told to nginx.
 */
export const FORMATS = {
  txt: { type: 'text/plain', write: plainText },
  json: { type: 'application/json', write: json },
  nginx: { type: 'text/plain', write: nginxGeo },
  nft: { type: 'text/plain', write: nftSets },
} satisfies Record<string, Format>

/** One network per line. */
function* plainText(list: Listed): Generator<string> {
  for (const { ipAddress } of list.blocks()) yield `${ipAddress}\n`
}

function* json(list: Listed): Generator<string> {
  let before = '{"items":['
  for (const { ipAddress, reason, source, expiresAt } of list.blocks()) {
    yield before + JSON.stringify({ ipAddress, reason, source, expiresAt })
    before = ',\n'
  }
  yield before.startsWith('{') ? '{"items":[],"next":null}\n' : '],"next":null}\n'
}

/** The body of a `geo` block, in which the most specific line counts: `geo $blocked { include …; }`. */
function* nginxGeo(list: Listed): Generator<string> {
  yield 'default 0;\n'
  for (const { ipAddress } of list.blocks()) yield `${ipAddress} 1;\n`
  for (const network of list.allowed()) yield `${network} 0;\n`
}

/** A script for `nft -f` that makes two sets, or fills them anew, in one step. */
function* nftSets(list: Listed): Generator<string> {
  yield 'table inet portcullis\ndelete table inet portcullis\ntable inet portcullis {\n'
  yield* nftSet(list.blocks(), 4)
  yield* nftSet(list.blocks(), 6)
  yield '}\n'
}

function* nftSet(blocks: Iterable<Block>, family: 4 | 6): Generator<string> {
  yield `  set blocked${family} {\n    type ipv${family}_addr\n    flags interval\n    auto-merge\n`
  let before = '    elements = {\n      '
  for (const { ipAddress } of blocks) {
    if (partsOf(ipAddress).family !== family) continue
    yield before + ipAddress
    before = ',\n      '
  }
  yield before.startsWith(',') ? '\n    }\n  }\n' : '  }\n'
}
