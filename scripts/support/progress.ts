const EVERY_MS = 200

/** Tells how far a long piece of work is. */
export interface Progress {
  /** What is being done, in one short line; not more often than people read. */
  tell(text: string): void
  /** Takes the line away. */
  end(): void
}

/** Progress in one line of a terminal; to a file or a pipe nothing is written. */
export function progressOn(output: NodeJS.WriteStream): Progress {
  if (!output.isTTY) return { tell() {}, end() {} }
  let toldAt = 0
  return {
    tell(text) {
      if (Date.now() - toldAt < EVERY_MS) return
      toldAt = Date.now()
      output.write(`\r\u001b[K${text}`)
    },
    end() {
      output.write('\r\u001b[K')
    },
  }
}
