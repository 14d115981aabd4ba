import type { Line } from './parts/chart'
import type { Traffic } from './wire'

const OUTCOMES = [
  { label: 'allowed', color: '--ok' },
  { label: 'limited', color: '--warn' },
  { label: 'blocked', color: '--bad' },
] as const

/** The points of a chart, with zeros where nothing came. */
export function seriesOf({ from, to, stepSeconds, points }: Traffic): {
  times: number[]
  lines: Line[]
} {
  const first = Math.floor(Date.parse(from) / 1_000 / stepSeconds) * stepSeconds
  const last = Date.parse(to) / 1_000
  const known = new Map(points.map((point) => [point.at, point]))
  const times: number[] = []
  for (let at = first; at < last; at += stepSeconds) times.push(at)
  const lines = OUTCOMES.map(({ label, color }) => {
    return { label, color, values: times.map((at) => known.get(at)?.[label] ?? 0) }
  })
  return { times, lines }
}
