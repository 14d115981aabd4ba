import { isAscii, isUtf8 } from 'node:buffer'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { visibleBytes } from '../net/visible'

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Longer lines are cut here; no server writes such, and memory stays bounded. */
const LINE_BYTES = 64 * 1024

/** More came out of the input than the caller wants to read. */
export class TooLong extends Error {
  override name = 'TooLong'
}

/**
 * The lines of a log, plain or gzip (told by its first bytes), in arrays as large as the input's
 * chunks; the last line needs no newline. Bytes that are not UTF-8 appear as `\xff`,
 * with `backslash` in place of theirs.
 * Throws as `readBytes` does.
 */
export async function* readLines(
  input: Readable,
  maxBytes?: number,
  backslash?: string,
): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of readBytes(input, maxBytes)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const end = bytes.lastIndexOf(NEWLINE)
    if (end >= 0) yield linesOf(bytes.subarray(0, end), backslash)
    // Of a line without end only the beginning is kept, whatever else comes.
    rest = bytes.subarray(end + 1).subarray(0, LINE_BYTES)
  }
  if (rest.length > 0) yield linesOf(rest, backslash)
}

/**
 * The bytes of an input, decompressed when it is gzip. Throws TooLong past `maxBytes` of them, and
 * what the input or gzip throws. The input is not destroyed when the caller stops early: it may be
 * a request that still wants an answer.
 */
export async function* readBytes(
  input: Readable,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let total = 0
  for await (const chunk of plain(input)) {
    total += chunk.length
    if (total > maxBytes) throw new TooLong(`more than ${maxBytes} bytes`)
    yield chunk
  }
}

async function* plain(input: Readable): AsyncGenerator<Buffer> {
  const chunks = input.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const head = await firstBytes(chunks)
  const all = rejoin(head, chunks)
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* all

  const gunzip = createGunzip()
  // The callback has nothing to add: errors end the iteration below.
  pipeline(Readable.from(all), gunzip, () => {})
  yield* gunzip
}

/** The first chunks, until there are two bytes to look at. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 2) {
    const { done, value } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  return head
}

async function* rejoin(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  for (;;) {
    const { done, value } = await chunks.next()
    if (done) return
    yield value
  }
}

/**
 * Each line is a text of its own: a part of the chunk's text would keep all of that in memory for as
 * long as somebody remembers one of its addresses.
 */
function linesOf(bytes: Buffer, backslash?: string): string[] {
  if (!isUtf8(bytes)) return splitVisibly(bytes, backslash)
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8'
  const lines: string[] = []
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const next = newline < 0 ? bytes.length : newline
    const end = bytes[next - 1] === RETURN && next > start ? next - 1 : next
    lines.push(bytes.toString(encoding, start, Math.min(end, start + LINE_BYTES)))
    start = next + 1
  }
  return lines
}

function splitVisibly(bytes: Buffer, backslash?: string): string[] {
  const lines: string[] = []
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    const line = visibleBytes(bytes.subarray(start, end), backslash)
    lines.push((line.endsWith('\r') ? line.slice(0, -1) : line).slice(0, LINE_BYTES))
    start = end + 1
  }
  return lines
}
