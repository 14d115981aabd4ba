import type { ParameterizedContext } from 'koa'
import type { State } from '../http/state'
import { SESSION_SECONDS } from './sessions'
import type { Transport } from './transport'

type Context = ParameterizedContext<State>

/**
 * Where the browser keeps a session's token: out of reach of scripts, and not sent with requests
 * that other sites cause. Over https its name begins with `__Host-`, by which browsers refuse
 * copies planted by other hosts or over http; in the clear there is no cookie at all.
 */
export class SessionCookie {
  readonly #transportOf: (ctx: Context) => Transport

  constructor(transportOf: (ctx: Context) => Transport) {
    this.#transportOf = transportOf
  }

  read(ctx: Context): string | undefined {
    const transport = this.#transportOf(ctx)
    return transport === 'clear' ? undefined : ctx.cookies.get(nameFor(transport))
  }

  /** To be asked before `write`: throws 403 when password and token would travel in the clear. */
  requireSafeTransport(ctx: Context): void {
    if (this.#transportOf(ctx) !== 'clear') return
    ctx.throw(
      403,
      'Signing in needs https, or http on this very machine (localhost, 127.0.0.1). ' +
        'A proxy that speaks https has to be named in TRUSTED_PROXIES and to send X-Forwarded-Proto.',
      { code: 'https_required' },
    )
  }

  write(ctx: Context, token: string): void {
    this.#set(ctx, token)
  }

  clear(ctx: Context): void {
    this.#set(ctx, null)
  }

  #set(ctx: Context, token: string | null): void {
    const transport = this.#transportOf(ctx)
    const secure = transport === 'https'
    ctx.cookies.secure = secure // Koa looks at our own socket, which never is.
    ctx.cookies.set(nameFor(transport), token, {
      secure,
      httpOnly: true,
      sameSite: 'strict',
      path: '/',
      maxAge: SESSION_SECONDS * 1_000,
    })
  }
}

function nameFor(transport: Transport): string {
  return transport === 'https' ? '__Host-portcullis' : 'portcullis'
}
