import { paths, type Shape } from './shape'

/** nginx' variables under their own names, as most `log_format … escape=json` have them. */
export const NGINX: Shape = {
  client: paths('remote_addr'),
  forwarded: paths('http_x_forwarded_for'),
  time: paths('time_iso8601', 'time_local', 'msec', '@timestamp', 'timestamp', 'time'),
  request: paths('request'),
  method: paths('request_method', 'method'),
  target: paths('request_uri', 'uri', 'path'),
  query: paths('args', 'query_string'),
  status: paths('status'),
  bytes: paths('body_bytes_sent', 'bytes_sent'),
  agent: paths('http_user_agent', 'user_agent'),
  referer: paths('http_referer', 'http_referrer', 'referer'),
  account: paths('remote_user'),
  duration: [[['request_time'], 1_000]],
}
