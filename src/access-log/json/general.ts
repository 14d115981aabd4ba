import { type Json, paths, type Shape } from './shape'

/** Members that are looked at, and how deep they may lie; no program that logs requests has more. */
const MOST = 300
const DEEPEST = 4

/**
 * Names that programs give to the parts of a request, spelled as `flatten` spells them: the Elastic
 * Common Schema, Cloudflare's Logpush, Google's load balancer, AWS' API Gateway, Kong, Echo, Gin,
 * pino-http and their like. What stands first wins.
 */
export const GENERAL: Shape = {
  client: paths(
    'clientip',
    'remoteip',
    'remoteaddr',
    'remoteaddress',
    'remotehost',
    'sourceip',
    'srcip',
    'ipaddress',
    'ip',
    'httprequest/remoteip',
    'httprequest/clientip',
    'client/ip',
    'source/ip',
    'client/address',
    'source/address',
    'req/remoteaddress',
    'req/ip',
    'request/ip',
    'request/remoteip',
    'request/remoteaddr',
    'request/clientip',
    'client',
    'host/ip',
  ),
  forwarded: paths('xforwardedfor', 'httpxforwardedfor', 'req/headers/xforwardedfor'),
  time: paths(
    'timestamp',
    'time',
    'ts',
    'datetime',
    'date',
    'requesttime',
    'requesttimestamp',
    'edgestarttimestamp',
    'starttime',
    'startedat',
    'eventtime',
    'timelocal',
    'timeiso8601',
    'timestampns',
    'msec',
  ),
  request: paths('request', 'requestline', 'httprequest'),
  method: paths(
    'method',
    'httpmethod',
    'requestmethod',
    'clientrequestmethod',
    'verb',
    'req/method',
    'request/method',
    'http/request/method',
    'httprequest/requestmethod',
    'httprequest/httpmethod',
    'http/method',
  ),
  target: paths(
    'url/original',
    'requesturi',
    'clientrequesturi',
    'uri',
    'url',
    'path',
    'requestpath',
    'requesturl',
    'target',
    'req/url',
    'request/uri',
    'request/url',
    'request/path',
    'httprequest/requesturl',
    'httprequest/uri',
    'http/url',
    'http/target',
    'url/path',
  ),
  query: paths('query', 'querystring', 'args', 'url/query'),
  status: paths(
    'status',
    'statuscode',
    'responsestatus',
    'responsecode',
    'edgeresponsestatus',
    'httpstatus',
    'code',
    'res/statuscode',
    'response/status',
    'response/statuscode',
    'http/response/statuscode',
    'httprequest/status',
    'http/statuscode',
  ),
  bytes: paths(
    'bytes',
    'bytessent',
    'bodybytessent',
    'size',
    'responsesize',
    'responselength',
    'bytesout',
    'edgeresponsebytes',
    'httprequest/responsesize',
    'http/response/body/bytes',
    'response/size',
  ),
  agent: paths(
    'useragent',
    'httpuseragent',
    'requestuseragent',
    'clientrequestuseragent',
    'agent',
    'useragent/original',
    'req/headers/useragent',
    'request/headers/useragent',
    'httprequest/useragent',
    'http/useragent',
  ),
  referer: paths(
    'referer',
    'referrer',
    'httpreferer',
    'httpreferrer',
    'requestreferer',
    'clientrequestreferer',
    'req/headers/referer',
    'request/headers/referer',
    'http/request/referrer',
    'httprequest/referer',
  ),
  account: paths('remoteuser', 'username', 'user/name'),
}

/**
 * The members of a document, those inside others too, by their names in lower case without
 * `_`, `-`, `.`, `:`, `@` and blanks, and with `/` for each step inwards. A name with dots, as in
 * `http.request.method`, is such a way itself.
 */
export function flatten(document: Json): Json {
  // No prototype: a member may be called `constructor`.
  const flat: Json = Object.create(null)
  let left = MOST
  const add = (value: unknown, name: string, depth: number) => {
    if (left-- <= 0) return
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      flat[name] ??= value
      return
    }
    if (depth === DEEPEST) return
    for (const key in value) {
      if (left <= 0) return
      add((value as Json)[key], name === '' ? fold(key) : `${name}/${fold(key)}`, depth + 1)
    }
  }
  add(document, '', 0)
  return flat
}

function fold(key: string): string {
  return key
    .slice(0, 100)
    .toLowerCase()
    .replace(/[_\-:@ ]/g, '')
    .replaceAll('.', '/')
}
