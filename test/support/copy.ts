import type { Client, Submittable } from 'pg'

/** The part of pg's connection that COPY needs; its types leave it out. */
interface CopyConnection {
  query(sql: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** Runs `copy … from stdin` with these lines. */
export async function copyIn(client: Client, sql: string, lines: string[]): Promise<void> {
  await submit(client, sql, {
    handleCopyInResponse(connection) {
      for (const line of lines) connection.sendCopyFromChunk(Buffer.from(line))
      connection.endCopyFrom()
    },
  })
}

/** Runs `copy … to stdout` and returns the text. */
export async function copyOut(client: Client, sql: string): Promise<string> {
  let text = ''
  await submit(client, sql, {
    handleCopyData({ chunk }) {
      text += chunk.toString()
    },
  })
  return text
}

interface CopyHandlers {
  handleCopyInResponse?(connection: CopyConnection): void
  handleCopyData?(message: { chunk: Buffer }): void
}

/** A query of pg's own kind: the client calls these as the answers arrive. */
function submit(client: Client, sql: string, handlers: CopyHandlers): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = {
      submit: (connection: unknown) => (connection as CopyConnection).query(sql),
      handleError: reject,
      handleReadyForQuery: () => resolve(),
      handleCommandComplete() {},
      handleRowDescription() {},
      handleDataRow() {},
      handleCopyInResponse() {},
      handleCopyData() {},
      ...handlers,
    }
    client.query(query as unknown as Submittable)
  })
}
