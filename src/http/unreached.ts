import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { PROBLEM_TYPE, problemDocument } from './errors'

/** What was wrong with a request that no code of ours has seen. */
export type Wrong = 'malformed' | 'too large' | 'too slow' | 'cut off' | 'a tunnel'

/** A request that was answered here because it could not be handed on. */
export interface Unreached {
  readonly wrong: Wrong
  readonly status: number
  /** The other end of the socket, as node writes it; undefined when it is gone. */
  readonly peer: string | undefined
  /** What was asked, when that much could be read. */
  readonly request?: IncomingMessage
}

/** What node's parser and its timers say, in our words; everything else is malformed. */
const CODES: Record<string, { wrong: Wrong; status: number }> = {
  HPE_HEADER_OVERFLOW: { wrong: 'too large', status: 431 },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { wrong: 'too large', status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: { wrong: 'too slow', status: 408 },
  HPE_INVALID_EOF_STATE: { wrong: 'cut off', status: 400 },
}

/**
 * Answers the requests that node does not hand to the server's handler: those its parser refuses,
 * and tunnels (CONNECT). `record` is told of each and waited for before the answer leaves. With an
 * expectation nobody knows a request is handed on like any other, as RFC 9110, section 10.1.1 allows.
 */
export function answerUnreached(
  server: Server,
  handler: RequestListener,
  record: (unreached: Unreached) => Promise<unknown>,
): void {
  server.on('checkExpectation', handler)

  server.on('connect', async (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {}) // It goes away, as it should.
    const peer = request.socket.remoteAddress
    await record({ wrong: 'a tunnel', status: 405, peer, request })
    answer(socket, 405)
  })

  const refused = new WeakSet<Socket>()
  server.on('clientError', async (error: NodeJS.ErrnoException, socket: Socket) => {
    // What comes behind a broken request is broken as well: one answer is enough.
    if (refused.has(socket)) return
    refused.add(socket)
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()

    const { wrong, status } = CODES[error.code ?? ''] ?? { wrong: 'malformed', status: 400 }
    const inFlight = answerInFlight(socket)
    if (inFlight?.headersSent) return void socket.destroy()
    // Of a request in flight it is the body that is broken; the request itself is recorded by its
    // handler. Whoever sent nothing has asked for nothing.
    const isUnseen = !inFlight && socket.bytesRead > 0
    if (isUnseen) await record({ wrong, status, peer: socket.remoteAddress })
    answer(socket, status)
  })
}

/** Where node itself looks before it answers a client's error. */
function answerInFlight(socket: Socket): ServerResponse | null | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage
}

/** As a problem document (RFC 9457), and nothing more on this connection. */
function answer(socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy()
  const body = problemDocument(status, {})
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
