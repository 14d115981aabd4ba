import { z } from 'zod'

/** Whether requests can be sent here, with what each part says. */
export const ReadyAnswer = z.object({
  status: z.string(),
  parts: z.record(z.string(), z.object({ ok: z.boolean(), says: z.string() })),
  /** With `?verbose`. */
  warnings: z.array(z.object({ code: z.string(), summary: z.string() })).optional(),
})
