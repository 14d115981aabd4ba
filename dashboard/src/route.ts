import { computed, signal } from '@preact/signals'

/**
 * Where the page is: a screen and its parameters, in the fragment of the address. There they can be
 * linked to and gone back from, and are not sent to any server, which would log them.
 */
export interface Route {
  readonly screen: string
  readonly parameters: URLSearchParams
}

const fragment = signal(location.hash)

addEventListener('hashchange', () => {
  fragment.value = location.hash
})

export const route = computed<Route>(() => {
  const [screen, query] = fragment.value.replace(/^#\/?/, '').split('?')
  return { screen: screen || 'overview', parameters: new URLSearchParams(query) }
})

/** The link to a screen; what has no value is left out. */
export function linkTo(
  screen: string,
  parameters: Record<string, string | undefined> = {},
): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => !!entry[1])
  const query = new URLSearchParams(given).toString()
  return `#${screen}${query && `?${query}`}`
}

/** The link to where we are, with some parameters changed; undefined takes one away. */
export function linkWith(changes: Record<string, string | undefined>): string {
  const { screen, parameters } = route.value
  return linkTo(screen, { ...Object.fromEntries(parameters), ...changes })
}

export function go(link: string): void {
  location.hash = link
}
