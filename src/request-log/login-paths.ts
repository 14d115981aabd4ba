/** Names of pages that check who somebody is, wherever in a path they stand. */
const LOGINS = new Set(
  `login log-in log_in logon signin sign-in sign_in signon userlogin user-login user_login dologin
   do_login login_check logincheck login-check login-actions adminlogin admin-login wp-login xmlrpc auth
   loginpost authenticate authentication j_security_check j_spring_security_check 2fa mfa otp
   lostpassword lost-password lost_password forgotpassword forgot-password forgot_password
   resetpassword reset-password reset_password password-reset password_reset passwordreset`.split(
    /\s+/,
  ),
)
/** Names that mean as much at the end of a path only: `/oauth/token`, `/api/sessions`. */
const LAST_NAMES = new Set(
  'session sessions _session token tokens oauth oauth2 sso authorize password my-account'.split(
    ' ',
  ),
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

/** Programs with one address for all name in the query what is done: `ucp.php?mode=login`. */
const DOES_LOGIN =
  /(?:^|&)(?:mode|action|act|do|op|task|view|page|route|controller)=(?:user\.|account(?:\/|%2f))?(?:log-?_?in|sign-?_?in|authenticat(?:e|ion)|lost-?_?password|send-?_?password|forgot-?_?password)(?:&|$)/i

/** Whether a query says that a form sent to it holds a name or a password. */
export function asksForLogin(query: string): boolean {
  return DOES_LOGIN.test(query)
}

/** Whether a query carries a password, as simple forms send it. */
export function holdsPassword(query: string): boolean {
  return /(?:^|&)(?:pass(?:word|wd)?|pwd|passwort)=[^&]/i.test(query)
}

/** What a number in a query may be that is no id: where a reader is, how much is shown, and when. */
const PLACES = new Set(
  `page paged p pg offset start skip limit per_page perpage count size from to since after before
   until min max q s query search w h width height x y z zoom quality v ver version rev ts time
   timestamp date year month day week hour step sort order_by dir depth lat lon lng _ cb r rand random
   nocache bust n seq poll`.split(/\s+/),
)
/** Larger ones are times. */
const NUMBER = /(?:^|&)([a-z][\w-]{0,40}|_)=(\d{1,9})(?=&|$)/gi

/**
 * The number in a query that tells one page from the next: of `user_id=17&page=2` it is 17, of
 * `board=4&size=20` 4. One that is called an id comes first.
 */
export function numberInQuery(query: string): number | undefined {
  let first: number | undefined
  for (const [, name, digits] of query.matchAll(NUMBER)) {
    const known = name!.toLowerCase()
    if (known.endsWith('id')) return Number(digits)
    if (!PLACES.has(known)) first ??= Number(digits)
  }
  return first
}
