const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en')
const regions = new Intl.DisplayNames(['en'], { type: 'region' })
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const hourAndMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** 1,234 in full, 12.3K from ten thousand on. */
export function count(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value)
}

/** 1K from a thousand on: for axes. */
export function shortly(value: number): string {
  return compact.format(value)
}

/** A tick of a time axis: the time of day, or the day when ticks are days apart. */
export function atTick(seconds: number, stepSeconds: number): string {
  const at = new Date(seconds * 1_000)
  const isDay = stepSeconds >= 86_400 || (at.getHours() === 0 && at.getMinutes() === 0)
  return isDay ? shortDay.format(at) : hourAndMinute.format(at)
}

export function exactly(value: number): string {
  return whole.format(value)
}

/** `one finding`, `2 findings`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** The name of a country by its two letters. */
export function countryName(letters: string | null): string {
  if (!letters || !/^[A-Z]{2}$/.test(letters)) return 'Unknown'
  return regions.of(letters) ?? letters
}

/** `12 minutes ago`, `in 3 hours`. */
export function fromNow(time: string | Date, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1_000
  const steps = [
    [60, 'second', 1],
    [3_600, 'minute', 60],
    [86_400, 'hour', 3_600],
    [Number.POSITIVE_INFINITY, 'day', 86_400],
  ] as const
  const [, unit, length] = steps.find(([limit]) => Math.abs(seconds) < limit)!
  return ago.format(Math.round(seconds / length), unit)
}

export function atTime(time: string | Date): string {
  return clock.format(new Date(time))
}

/** The hour, and the day when it is not today's. */
export function atHour(time: string): string {
  const at = new Date(time)
  const isToday = at.toDateString() === new Date().toDateString()
  return `${isToday ? '' : `${shortDay.format(at)} `}${hourAndMinute.format(at)}`
}

export function atDay(time: string | Date): string {
  return dayAndTime.format(new Date(time))
}

/** The change from one figure to another, in percent; undefined when there was nothing before. */
export function change(now: number, before: number): number | undefined {
  return before === 0 ? undefined : Math.round(((now - before) / before) * 100)
}

/** The network that an address is reviewed with: /24, or /48. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  const [head = '', tail = ''] = address.split('/')[0]!.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail.split(':').filter(Boolean)
  const zeros = new Array(Math.max(0, 8 - front.length - back.length)).fill('0')
  const groups = [...front, ...zeros, ...back].slice(0, 3)
  while (groups.at(-1) === '0') groups.pop()
  return `${groups.join(':')}::/48`
}
