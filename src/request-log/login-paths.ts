/** Names of pages that check who somebody is, wherever in a path they stand. */
const LOGINS = new Set(
  `login log-in log_in logon signin sign-in sign_in signon userlogin user-login user_login dologin
   do_login login_check logincheck login-check login-actions adminlogin admin-login wp-login xmlrpc auth
   authenticate authentication j_security_check j_spring_security_check 2fa mfa otp`.split(/\s+/),
)
/** Names that mean as much at the end of a path only: `/oauth/token`, `/api/sessions`. */
const LAST_NAMES = new Set(
  'session sessions _session token tokens oauth oauth2 sso authorize password'.split(' '),
)
/** What is done with a login that one has. */
const AFTERWARDS = new Set(['logout', 'log-out', 'signout', 'sign-out', 'refresh', 'revoke', 'me'])

const ENDING = /\.[a-z]{2,6}$/

/** Whether a canonical path (`requestPath`) is one to which people send their names and passwords. */
export function isLoginPath(path: string): boolean {
  const names = path.split('/').map((segment) => segment.replace(ENDING, ''))
  const last = names.at(-1)!
  if (AFTERWARDS.has(last)) return false
  return LAST_NAMES.has(last) || names.some((name) => LOGINS.has(name))
}

/** Whether a query carries a password, as simple forms send it. */
export function holdsPassword(query: string): boolean {
  return /(?:^|&)(?:pass(?:word|wd)?|pwd|passwort)=[^&]/i.test(query)
}

/** The number that a query names as an id: of `user_id=17&page=2` it is 17. */
export function numberInQuery(query: string): number | undefined {
  const found = /(?:^|&)(?:[\w-]{0,40}id|user|account|order|invoice|doc)=(\d{1,15})(?:&|$)/i.exec(
    query,
  )
  return found ? Number(found[1]) : undefined
}
