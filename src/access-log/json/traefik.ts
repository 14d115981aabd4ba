import { paths, type Shape } from './shape'

/**
 * Traefik's access log in JSON (https://doc.traefik.io/traefik/observability/access-logs/).
 * `ClientHost` is the peer, or the `X-Forwarded-For` of a peer that Traefik itself trusts.
 */
export const TRAEFIK: Shape = {
  client: paths('ClientHost', 'ClientAddr'),
  time: paths('StartUTC', 'time', 'StartLocal'),
  method: paths('RequestMethod'),
  target: paths('RequestPath'),
  status: paths('DownstreamStatus', 'OriginStatus'),
  bytes: paths('DownstreamContentSize'),
  agent: paths('request_User-Agent'),
  referer: paths('request_Referer'),
  account: paths('ClientUsername'),
  duration: [[['Duration'], 1e-6]],
}
