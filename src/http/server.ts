import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeSlowClients } from './slow-clients'

/** Sockets that send their headers slower than this are closed … */
const HEADERS_MS = 10_000
/** … at the latest so much later; node looks every 30 s by itself. */
const LOOK_EVERY_MS = 1_000
/** Most connections at once, some 10 KB each; past it idle ones are closed, and new ones dropped. */
const MOST_CONNECTIONS = 10_000
/** How long idle keep-alive connections stay; longer than the 60 s of common load balancers. */
const KEEP_ALIVE_MS = 65_000
/** How long a stopping server still accepts, so that its 503 on /readyz is seen. */
const LINGER_MS = 500
/** How long requests in flight may take to be answered when the server stops. */
const DRAIN_MS = 5_000

/** A listening HTTP server; rejects with a sentence when it cannot listen there. */
export async function listen(
  handler: RequestListener,
  { port, host }: { port: number; host: string },
): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: LOOK_EVERY_MS,
      // A large body may take its time, as long as it comes: `closeSlowClients`.
      requestTimeout: 0,
      // Without a host it is refused all the same, but in a step that is recorded: `requireHost`.
      requireHostHeader: false,
    },
    handler,
  )
  closeSlowClients(server)
  server.maxConnections = MOST_CONNECTIONS
  server.on('drop', () => server.closeIdleConnections())
  // Node drops the headers past a thousand silently, and with them what a proxy has written behind
  // a client's own; their size is bounded all the same.
  server.maxHeadersCount = 0
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(explain(error as NodeJS.ErrnoException, `${host}:${port}`), { cause: error })
  }
  return server
}

function explain({ code, message }: NodeJS.ErrnoException, place: string): string {
  if (code === 'EADDRINUSE') return `${place} is taken by another program; choose another PORT`
  if (code === 'EACCES') return `${place} needs rights that this user has not; choose another PORT`
  return `cannot listen on ${place}: ${message}`
}

/** Where the server can be reached, for people. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** Stops accepting, lets requests in flight be answered, and cuts what takes too long. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS))
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}
