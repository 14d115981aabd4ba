import { paths, type Shape } from './shape'

/** Fastly's own example of JSON for its log streaming (https://docs.fastly.com/en/guides/useful-log-formats). */
export const FASTLY: Shape = {
  client: paths('client_ip'),
  time: paths('timestamp', 'time_start'),
  method: paths('request_method'),
  target: paths('url'),
  status: paths('response_status'),
  bytes: paths('response_body_size'),
  agent: paths('request_user_agent'),
  referer: paths('request_referer'),
}
