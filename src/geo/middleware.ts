import type { Middleware } from 'koa'
import type { Address } from '../net/address'
import type { Place } from './source'
import { networkSubject } from './subject'

/** What `locateClient` leaves in `ctx.state`. */
export interface Located {
  /** Looked up when it is first asked for; never rejects. */
  readonly place: Promise<Place>
}

/**
 * Leaves in `ctx.state.place` where the client is: a promise that is made when somebody asks, so
 * that a route that does not pays nothing. Belongs behind `identifyClient`.
 */
export function locateClient(places: { find(address: Address): Promise<Place> }): Middleware {
  return async function locateClient(ctx, next) {
    let place: Promise<Place> | undefined
    Object.defineProperty(ctx.state, 'place', {
      configurable: true,
      get() {
        const { client, visit } = ctx.state
        place ??= places.find(visit?.optedOut ? networkSubject(client.address) : client.address)
        return place
      },
    })
    await next()
  }
}

/** Adds to an answer of JSON with places whose data they are. */
export function creditPlaces(attribution: string): Middleware {
  return async function creditPlaces(ctx, next) {
    await next()
    const body: unknown = ctx.body
    if (body?.constructor === Object) ctx.body = { ...body, attribution }
  }
}
