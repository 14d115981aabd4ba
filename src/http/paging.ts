import type { Context } from 'koa'
import { z } from 'zod'

/** The end of the year 9999. */
const LAST_MOMENT_MS = 253_402_300_799_999

/** What every list takes: how many items, and where the page before it ended. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
})

/** The parts of sort keys, as far as a database can compare them: an id; a moment or a share. */
export const KeyId = z.int().min(0)
export const KeyNumber = z.number().min(0).max(LAST_MOMENT_MS)

/** One page of a list; `next` is the cursor of the page behind it. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

/**
 * One page out of `rows`, which the caller asked for with `limit + 1`: the extra row only tells
 * that there is more. `keyOf` gives the sort key of the last item, which becomes the cursor.
 */
export function page<Row, Item>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => (string | number)[],
  present: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    items: shown.map(present),
    next: more ? cursorOf(keyOf(last)) : null,
  }
}

/** The cursor of a sort key: the page that it asks for begins behind it. */
export function cursorOf(key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** The sort key inside a cursor that `cursorOf` made, checked against `schema`; throws 400 for others. */
export function readCursor<S extends z.ZodType>(
  ctx: Context,
  cursor: string | undefined,
  schema: S,
): z.infer<S> | undefined {
  if (cursor === undefined) return undefined
  const key = schema.safeParse(decode(cursor))
  if (!key.success) ctx.throw(400, 'cursor: not one that this list gave out', { code: 'invalid' })
  return key.data
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined // the schema refuses it
  }
}
