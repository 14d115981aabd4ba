import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a request can go wrong on its way: nothing comes back, half an answer, another server's page. */
export const FAULTS = {
  'is hung up on': (answer: ServerResponse) => void answer.destroy(),
  'is cut off in mid-answer': (answer: ServerResponse) => {
    answer.writeHead(200, { 'content-type': 'application/json', 'content-length': 10_000 })
    answer.write('{"items":[', () => answer.destroy())
  },
  'is answered by 500': (answer: ServerResponse) => {
    answer.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Internal error</h1>')
  },
  'is answered by what is no JSON': (answer: ServerResponse) => {
    answer
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<h1>Please sign in to this Wi-Fi</h1>')
  },
} as const

export type Fault = keyof typeof FAULTS

/** What stands between browsers and a service, and goes wrong when it is told to. */
export interface Gateway {
  readonly url: string
  /** From now on this happens to requests whose path fits, and to nobody's when there is no fault. */
  fail(path: RegExp, fault: Fault | undefined): void
  /** From now on requests whose path fits wait; they are passed on when something else is said. */
  hold(path: RegExp): void
  /** How many requests wait. */
  held(): number
  /** How many requests have not been answered, streams of events left out. */
  underWay(): number
  stop(): Promise<void>
}

/** Listens on a free port of the loopback. */
export async function startGateway(target: string): Promise<Gateway> {
  type Treatment = (asked: IncomingMessage, answer: ServerResponse) => void
  const passOn: Treatment = (asked, answer) => {
    const { method, headers, url } = asked
    const passed = request(target + url, { method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  }
  let path = /$^/
  let treatment = passOn
  let waiting: (() => void)[] = []
  const underWay = new Set<ServerResponse>()

  const server = createServer((asked, answer) => {
    if (!asked.headers.accept?.includes('text/event-stream')) {
      underWay.add(answer)
      answer.on('close', () => underWay.delete(answer))
    }
    const treat = path.test(asked.url!) ? treatment : passOn
    treat(asked, answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  function change(nextPath: RegExp, next: Treatment) {
    path = nextPath
    treatment = next
    const before = waiting
    waiting = []
    for (const goOn of before) goOn()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail(path, fault) {
      change(path, fault ? (_asked, answer) => FAULTS[fault](answer) : passOn)
    },
    hold(path) {
      change(path, (asked, answer) => waiting.push(() => treatment(asked, answer)))
    },
    held: () => waiting.length,
    underWay: () => underWay.size,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
