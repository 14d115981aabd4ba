/** A localised version of a site. */
export interface Region {
  /** Where it begins: `/de/`. */
  readonly path: string
  /** The last segment of its path, `de` or `pt-br`: what the cookie and `Accept-Language` name. */
  readonly language: string
  /** ISO 3166-1 alpha-2, or `*` for whoever is nowhere else at home. */
  readonly countries: readonly string[]
}

const COUNTRY = /^(?:[a-z]{2}|\*)$/i
/** One slash at each end: what begins with two, or has a `\`, leads to another host. */
const PATH = /^\/(?:[a-z0-9][a-z0-9_-]*\/)*$/i

/**
 * Reads `de,at=/de/; fr,be=/fr/; *=/en/`: countries, and the path of their version. A version at
 * the root (`*=/`) is where nobody is sent. What cannot be read is told to `wrong` and left out.
 */
export function parseRegions(
  text: string,
  wrong: (entry: string, why: string) => void = (entry, why) => {
    throw new Error(`${entry}: ${why}`)
  },
): Region[] {
  const entries = text.split(';').map((entry) => entry.trim())
  return entries.filter(Boolean).flatMap((entry) => {
    const [names = '', path = '', ...rest] = entry.split('=').map((part) => part.trim())
    const countries = names.split(',').map((country) => country.trim().toUpperCase())
    if (rest.length > 0 || !countries.every((country) => COUNTRY.test(country))) {
      wrong(entry, 'takes countries and a path, such as de,at=/de/')
      return []
    }
    if (!PATH.test(path)) {
      wrong(entry, 'takes a path that begins and ends with a slash, such as /de/')
      return []
    }
    const language = path.split('/').at(-2)?.toLowerCase() ?? ''
    return { path, language, countries }
  })
}
