import type { Readable } from 'node:stream'
import { readBytes } from '../../access-log/reader'

/**
 * The text of a list, plain or gzip (told by its first bytes), some at a time. Bytes that are not
 * UTF-8 become replacement characters, which make no address. Throws as `readBytes` does.
 */
export async function* textOf(input: Readable, maxBytes?: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const chunk of readBytes(input, maxBytes)) {
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}
