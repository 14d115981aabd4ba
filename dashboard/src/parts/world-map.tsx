import { signal } from '@preact/signals'
import { asset } from '../api'
import { useLoad } from '../load'
import { go } from '../route'
import { count, countryName } from '../text'

/** Made by the build (`dashboard/build/world.mjs`); its address holds a hash. */
declare const WORLD_MAP: string

interface World {
  width: number
  height: number
  land: string
  countries: Record<string, string>
  points: Record<string, [x: number, y: number]>
}

const world = signal<World | undefined>(undefined)

/** So often it is tried again to get the map. */
const AGAIN_MS = 3_000

/** Borders of the colours: so many countries in each. */
const QUANTILES = [0.2, 0.4, 0.6, 0.8]

interface Props {
  /** Requests by country. */
  counts: ReadonlyMap<string, number>
  linkTo(country: string): string
}

/**
 * Where requests come from. Colours are by rank and not by number, since one country often has
 * more than all others together; the table beside has the numbers, also while the map is not there.
 */
export function WorldMap({ counts, linkTo }: Props) {
  const shown = world.value
  const { error } = useLoad('map', findWorld, shown ? undefined : AGAIN_MS)
  if (!shown) return <div class="map muted">{error && 'The map is not there yet.'}</div>
  const rank = ranker([...counts.values()])
  const shape = (letters: string) => {
    const requests = counts.get(letters) ?? 0
    if (requests === 0) return { class: 'q0' }
    return { class: `q${rank(requests)} seen`, onClick: () => go(linkTo(letters)) }
  }
  const title = (letters: string) => {
    const requests = counts.get(letters)
    return requests ? <title>{`${countryName(letters)}: ${count(requests)} requests`}</title> : null
  }
  return (
    <div class="map">
      <svg
        viewBox={`0 0 ${shown.width} ${shown.height}`}
        role="img"
        aria-label="Map of origins; the table holds the same figures"
      >
        <path d={shown.land} class="q0" />
        {Object.entries(shown.countries).map(([letters, outline]) => (
          <path key={letters} d={outline} {...shape(letters)}>
            {title(letters)}
          </path>
        ))}
        {Object.entries(shown.points)
          .filter(([letters]) => counts.get(letters))
          .map(([letters, [x, y]]) => (
            <circle key={letters} cx={x} cy={y} r={18} {...shape(letters)}>
              {title(letters)}
            </circle>
          ))}
      </svg>
      <ol class="legend" aria-hidden="true">
        {['none', 'few', '', '', '', 'most'].map((text, nth) => (
          <li key={nth} class={`q${nth}`}>
            {text}
          </li>
        ))}
      </ol>
    </div>
  )
}

async function findWorld(): Promise<void> {
  world.value ??= await asset<World>(WORLD_MAP)
}

/** 1 to 5: in which fifth of the values one lies. */
function ranker(values: number[]): (value: number) => number {
  const sorted = values.toSorted((a, b) => a - b)
  const borders = QUANTILES.map((share) => sorted[Math.floor(share * sorted.length)]!)
  return (value) => 1 + borders.filter((border) => value >= border && border > sorted[0]!).length
}
