import type { ReportedHour } from './data'
import { html, type Markup } from './html'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WIDTH = 960
const HEIGHT = 240
const MARGIN = { left: 52, right: 8, top: 10, bottom: 26 }
/** More bars than this are too thin to be seen. */
const MOST_BARS = 168
const TICKS = 7

/** Spans that a bar may cover, so that its edges are times people think in. */
const SPANS_HOURS = [1, 2, 3, 6, 12, 24, 48, 168, 720, 8_760]

interface Bar {
  start: number
  requests: number
  flagged: number
}

/** Requests over time, the part of flagged addresses in another colour; hours without requests too. */
export function chartOf(hours: readonly ReportedHour[]): Markup {
  const { bars, spanMs } = barsOf(hours)
  const top = niceTop(Math.max(1, ...bars.map(({ requests }) => requests)))
  const inner = {
    width: WIDTH - MARGIN.left - MARGIN.right,
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
  }
  const x = (nth: number) => MARGIN.left + (nth * inner.width) / bars.length
  const y = (value: number) => MARGIN.top + inner.height * (1 - value / top)
  const width = Math.min(48, Math.max(1, (inner.width / bars.length) * 0.82))
  const centre = (nth: number) => x(nth + 0.5)

  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(top * share).toFixed(1)
    return html`<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" class="grid"/><text x="${MARGIN.left - 8}" y="${at}" dy="4" text-anchor="end">${shortNumber(top * share)}</text>`
  })
  const columns = bars.map(({ start, requests, flagged }, nth) => {
    const left = (centre(nth) - width / 2).toFixed(1)
    const rest = requests - flagged
    const title = html`<title>${spanName(start, spanMs)}: ${count(requests)} requests, ${count(flagged)} of flagged addresses</title>`
    return html`<g>${title}<rect x="${left}" y="${y(rest).toFixed(1)}" width="${width.toFixed(1)}" height="${(y(0) - y(rest)).toFixed(1)}" class="usual"/><rect x="${left}" y="${y(requests).toFixed(1)}" width="${width.toFixed(1)}" height="${(y(rest) - y(requests)).toFixed(1)}" class="flagged"/></g>`
  })
  const every = Math.ceil(bars.length / TICKS)
  const ticks = bars.flatMap(({ start }, nth) => {
    if (nth % every !== 0) return []
    const anchor = nth === 0 && bars.length > 1 ? 'start' : 'middle'
    const at = anchor === 'start' ? x(0) : centre(nth)
    return [
      html`<text x="${at.toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${tickName(start, spanMs)}</text>`,
    ]
  })
  const per = spanMs === HOUR_MS ? 'hour' : `${spanMs / HOUR_MS} hours`
  return html`<figure><figcaption><span>Requests per ${per}, UTC</span><span class="key"><i class="usual"></i>others</span><span class="key"><i class="flagged"></i>flagged addresses</span></figcaption><div class="scroll"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Requests per ${per}; those of flagged addresses apart">${lines}${columns}${ticks}</svg></div></figure>`
}

function barsOf(hours: readonly ReportedHour[]): { bars: Bar[]; spanMs: number } {
  const first = hours[0]!.hour.getTime()
  const last = hours[hours.length - 1]!.hour.getTime()
  const needed = (last - first) / HOUR_MS + 1
  const spanMs = (SPANS_HOURS.find((span) => needed / span <= MOST_BARS) ?? 87_600) * HOUR_MS
  const from = Math.floor(first / spanMs) * spanMs
  const length = Math.floor((last - from) / spanMs) + 1
  const bars = Array.from({ length }, (_, nth) => {
    return { start: from + nth * spanMs, requests: 0, flagged: 0 }
  })
  for (const { hour, requests, flagged } of hours) {
    const bar = bars[Math.floor((hour.getTime() - from) / spanMs)]!
    bar.requests += requests
    bar.flagged += flagged
  }
  return { bars, spanMs }
}

/** The next of 1, 2, 4, 5, 8 times a power of ten: its quarters are round, too. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10)
}

function spanName(start: number, spanMs: number): string {
  const text = new Date(start).toISOString()
  return spanMs >= DAY_MS
    ? `from ${text.slice(0, 10)}`
    : `${text.slice(0, 10)} ${text.slice(11, 16)}`
}

function tickName(start: number, spanMs: number): string {
  const text = new Date(start).toISOString()
  return spanMs >= DAY_MS ? text.slice(0, 10) : `${text.slice(5, 10)} ${text.slice(11, 16)}`
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`
  return value >= 10_000 ? `${value / 1_000} k` : count(value)
}

function count(value: number): string {
  return value.toLocaleString('en')
}
