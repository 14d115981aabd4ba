import { z } from 'zod'

/** A moment: a `Date` in code, and text of ISO 8601 in JSON. */
export const Time = z.date()

/** A page of a list of such items; `next` is the cursor of the page behind it. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** Adds whose data the places in an answer are (`geo/middleware.ts`). */
export function credited<Shape extends z.core.$ZodLooseShape>(answer: z.ZodObject<Shape>) {
  return answer.extend({ attribution: z.string() })
}

/** How lists are given: as JSON, or with `?format=csv` as CSV (`csv.ts`). */
export const LIST_TYPES = ['application/json', 'text/csv'] as const

/** A list that has but one page. */
export function wholeListOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.null() })
}
