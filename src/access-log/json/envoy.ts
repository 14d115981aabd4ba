import { paths, type Shape } from './shape'

/**
 * Envoy's access log in JSON (https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage),
 * with the names of its example, of Istio and of Envoy Gateway. The remote address is what Envoy's
 * own settings make of the peer.
 */
export const ENVOY: Shape = {
  client: paths(
    'downstream_remote_address',
    'downstream_remote_address_without_port',
    'downstream_direct_remote_address',
  ),
  forwarded: paths('x_forwarded_for', 'x-forwarded-for'),
  time: paths('start_time'),
  method: paths('method', ':method'),
  target: paths(
    'x-envoy-origin-path',
    'x-envoy-original-path',
    'x_envoy_original_path',
    'path',
    ':path',
  ),
  status: paths('response_code'),
  bytes: paths('bytes_sent'),
  agent: paths('user-agent', 'user_agent'),
  referer: paths('referer'),
  duration: [[['duration'], 1]],
}
