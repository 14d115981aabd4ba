import type { Address } from '../../../src/net/address'
import type { Asked, Traffic } from './traffic'

const NAMES =
  'console intranet manage private secure staging internal portal2 cpanel webmail vpn status2 debug beta hidden secret root system files2 tools report invoices payroll clients'.split(
    ' ',
  )

type Attack = (traffic: Traffic, size: number) => Address[]

/** Attacks from many addresses, a few requests each, of other families than those of `Traffic`. */
export const OTHER_ATTACKS: Record<string, Attack> = {
  'web shells, 1–2 each': (t, size) =>
    t.crowd(size, () =>
      t.times(t.between(1, 2), {}).map(() => ({
        path: `/${t.one(['', 'images/', 'tmp/', 'inc/'])}${letters(t)}.php`,
        method: t.one(['GET', 'POST']),
        status: 404,
      })),
    ),
  'xmlrpc, 1–3 each': (t, size) =>
    t.crowd(size, () =>
      t.times(t.between(1, 3), { path: '/xmlrpc.php', method: 'POST', status: 200 }),
    ),
  'passwords, 1–2 each': (t, size) =>
    t.crowd(size, () => t.times(t.between(1, 2), { path: '/login', method: 'POST', status: 401 })),
  'passwords by a tool, 1–3 each': (t, size) =>
    t.crowd(
      size,
      () => t.times(t.between(1, 3), { path: '/login', method: 'POST', status: 401 }),
      'python-requests/2.32.3',
    ),
  'profiles by number, 12 each'(t, size) {
    let next = 5_000
    return t.crowd(size, () => t.times(12, {}).map((): Asked => ({ path: t.article(next++) })))
  },
}

/**
 * Attacks of which an hour's counts do not tell each address from somebody honest: who mistyped an
 * address, an application whose session ended, a page that stayed open.
 */
export const HARD_ATTACKS: Record<string, Attack> = {
  'folders guessed, 1–3 each': (t, size) =>
    t.crowd(size, () =>
      t.times(t.between(1, 3), {}).map(() => ({
        path: `/${t.one(NAMES)}${t.one(['', '', `/${t.one(NAMES)}`, String(t.below(30))])}/`,
        status: t.one([404, 404, 404, 403]),
      })),
    ),
  'keys of an API, 1–4 each': (t, size) =>
    t.crowd(size, () =>
      t.times(t.between(1, 4), {
        path: '/api/v1/account',
        query: `api_key=${t.below(1e9)}`,
        status: 401,
      }),
    ),
  'cards, 2–4 each': (t, size) =>
    t.crowd(size, () =>
      t.times(t.between(2, 4), { path: '/checkout/pay', method: 'POST', status: 402 }),
    ),
  'spam that names the page it answers, 2 each': (t, size) =>
    t.crowd(size, () => {
      const article = t.article(t.below(900))
      return [
        { path: article },
        { path: `${article}/comments`, method: 'POST', status: 302, hasReferer: true },
      ]
    }),
}

function letters(t: Traffic): string {
  return t
    .times(t.between(4, 8), {})
    .map(() => t.below(26))
    .map((nth) => String.fromCharCode(97 + nth))
    .join('')
}
