import { setImmediate as breathe } from 'node:timers/promises'

/** Text that is made in one go: other requests are served in between. */
const PIECE_CHARACTERS = 16 * 1024

/** A long text as bytes, made piece by piece as they are asked for. */
export async function* inPieces(texts: Iterable<string>): AsyncGenerator<Buffer> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < PIECE_CHARACTERS) continue
    yield Buffer.from(piece)
    piece = ''
    await breathe()
  }
  if (piece) yield Buffer.from(piece)
}
