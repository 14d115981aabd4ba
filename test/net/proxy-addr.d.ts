/** The little that is used here of a package without types. */
declare module 'proxy-addr' {
  import type { IncomingMessage } from 'node:http'

  type Trust = (address: string, hop: number) => boolean
  function proxyAddr(
    request: Pick<IncomingMessage, 'headers' | 'socket' | 'connection'>,
    trust: Trust,
  ): string
  namespace proxyAddr {
    function compile(networks: string[]): Trust
  }
  export = proxyAddr
}
