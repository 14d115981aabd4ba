import type { Middleware } from 'koa'

/** What spreadsheets would take for a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/**
 * Gives a list as CSV (RFC 4180) to who asks with `?format=csv`: the items of the page, and the
 * address of the next one in `Link`. Texts that a spreadsheet would take for a formula get an
 * apostrophe in front.
 */
export const offerCsv: Middleware = async (ctx, next) => {
  await next()
  const { items, next: cursor } = (ctx.body ?? {}) as { items?: unknown; next?: unknown }
  if (ctx.query.format !== 'csv' || !Array.isArray(items)) return

  if (typeof cursor === 'string') {
    const query = new URLSearchParams(ctx.querystring)
    query.set('cursor', cursor)
    ctx.set('Link', `<${ctx.path}?${query}>; rel="next"`)
  }
  const name = ctx.path.split('/').at(-1)
  ctx.attachment(`${name}.csv`)
  ctx.type = 'text/csv; charset=utf-8; header=present'
  ctx.body = csvOf(items)
}

/** The items as lines, one column per member of any of them; what is no plain value is JSON. */
export function csvOf(items: readonly object[]): string {
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))]
  const lines = items.map((item) => {
    return columns.map((column) => cellOf((item as Record<string, unknown>)[column])).join()
  })
  return [columns.map(cellOf).join(), ...lines].map((line) => `${line}\r\n`).join('')
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString()
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
