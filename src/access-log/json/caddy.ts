import { paths, type Shape } from './shape'

/**
 * Caddy's access log (https://caddyserver.com/docs/logging). `client_ip` is what Caddy's own
 * `trusted_proxies` make of the peer; older versions have the peer with its port.
 */
export const CADDY: Shape = {
  client: paths('request.client_ip', 'request.remote_ip', 'request.remote_addr'),
  time: paths('ts'),
  method: paths('request.method'),
  target: paths('request.uri'),
  status: paths('status'),
  bytes: paths('size'),
  agent: paths('request.headers.User-Agent'),
  referer: paths('request.headers.Referer'),
  account: paths('user_id'),
  duration: [[['duration'], 1_000]],
}
