import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PROBLEM_TYPE, problemDocument } from './errors'

const LOOK_EVERY_MS = 1_000

const DEFAULTS = {
  /** Over so much time it is judged how quickly a client sends, and whether it reads. */
  windowMs: 10_000,
  /** Fewest bytes of a body in that time: half a kilobyte per second, slower than any modem. */
  leastBytes: 5_000,
}

/** A body that is not complete, and since when how many bytes of its connection are counted. */
interface Body {
  request: IncomingMessage
  response: ServerResponse
  sinceMs: number
  bytesBefore: number
  /** It has been told; if it is still there at the next look, it is cut off. */
  isGivenUp: boolean
}

/**
 * Closes connections whose client holds them open for nothing: one that trickles the body of a
 * request (408), and one that does not read its answer. Slow headers are node's own business
 * (`headersTimeout`); a request that is being worked on may take its time.
 */
export function closeSlowClients(server: Server, options: Partial<typeof DEFAULTS> = {}): void {
  const { windowMs, leastBytes } = { ...DEFAULTS, ...options }
  const bodies = new Set<Body>()
  const connections = new Set<Socket>()

  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    socket.setTimeout(windowMs)
  })

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) bodies.add({ ...begin(request), request, response, isGivenUp: false })
  })

  const timer = setInterval(() => {
    for (const body of bodies) {
      const { request, response } = body
      if (request.complete || request.socket.destroyed) bodies.delete(body)
      else if (body.isGivenUp) request.socket.destroy()
      // What has arrived is still to be read: it is we who are slow.
      else if (request.readableLength > 0 && !response.writableEnded) renew(body)
      else if (performance.now() - body.sinceMs >= windowMs) judge(body)
    }
    for (const socket of connections) if (!socket.timeout) socket.setTimeout(windowMs)
  }, LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))

  function judge(body: Body): void {
    const { request, bytesBefore } = body
    body.isGivenUp = request.socket.bytesRead - bytesBefore < leastBytes
    if (body.isGivenUp) refuse(body)
    else renew(body)
  }

  // Node restarts a socket's clock whenever bytes come or go, if only a part of what is to be sent.
  // With `server.timeout` it would begin one for each request, which costs a microsecond: here only
  // those get one that are in work when somebody looks.
  server.on('timeout', (socket: Socket) => {
    if (!isWorkedOn(socket) || socket.writableLength > 0) socket.destroy()
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}

function begin({ socket }: IncomingMessage): Pick<Body, 'sinceMs' | 'bytesBefore'> {
  return { sinceMs: performance.now(), bytesBefore: socket.bytesRead }
}

function renew(body: Body): void {
  Object.assign(body, begin(body.request))
}

function refuse({ request, response }: Body): void {
  if (response.headersSent) return void request.socket.destroy()
  const text = problemDocument(408, { code: 'too_slow', detail: 'The body arrives too slowly.' })
  response.writeHead(408, { 'Content-Type': PROBLEM_TYPE, Connection: 'close' })
  response.end(text)
}

/** Whether an answer of ours is due: where node itself looks before it answers an error. */
function isWorkedOn(socket: Socket): boolean {
  return Boolean((socket as { _httpMessage?: unknown })._httpMessage)
}
