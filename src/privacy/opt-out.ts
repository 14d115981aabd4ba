import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '../config'

/** The cookie by which a browser remembers that its owner opted out here. */
export const OPT_OUT_COOKIE = 'portcullis-opt-out'

const COOKIE_IS_SET = new RegExp(`(?:^|;)\\s*${OPT_OUT_COOKIE}=1\\s*(?:;|$)`)

/** Whether the one who sends these headers asks not to be followed. */
export type OptOutReader = (headers: IncomingHttpHeaders) => boolean

/**
 * Reads the wish from `Sec-GPC: 1` (Global Privacy Control, W3C), from the cookie of
 * `/privacy/opt-out` and, where it is honoured, from `DNT: 1`.
 *
 * What follows from it is the same each time: the request is judged like any other, and stored
 * without its path, query, user agent and account, under the network instead of the address.
 */
export function optOutReader({ honorDnt }: Pick<Config, 'honorDnt'>): OptOutReader {
  return (headers) =>
    headers['sec-gpc'] === '1' ||
    (honorDnt && headers.dnt === '1') ||
    (headers.cookie?.includes(OPT_OUT_COOKIE) === true && COOKIE_IS_SET.test(headers.cookie))
}
