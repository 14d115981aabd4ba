import parse from 'co-body'
import type { Context } from 'koa'
import type { z } from 'zod'

/** Largest JSON body of a route that does not say otherwise. */
const BODY_LIMIT_BYTES = 64 * 1024

/**
 * The JSON body of the request, as `schema` describes it.
 * Throws 415 for another content type or encoding, 413 for a body past `limitBytes`, and 400 for broken JSON and
 * for JSON that does not fit, naming every field that is wrong.
 */
export async function readBody<S extends z.ZodType>(
  ctx: Context,
  schema: S,
  limitBytes = BODY_LIMIT_BYTES,
): Promise<z.infer<S>> {
  if (ctx.is('application/json', '+json') === false) {
    ctx.throw(415, 'Send JSON, with Content-Type: application/json.', { code: 'not_json' })
  }
  return check(ctx, schema, await readJson(ctx, limitBytes))
}

/** The query string as `schema` describes it; throws 400, naming every parameter that is wrong. */
export function readQuery<S extends z.ZodType>(ctx: Context, schema: S): z.infer<S> {
  return check(ctx, schema, { ...ctx.query })
}

async function readJson(ctx: Context, limitBytes: number): Promise<unknown> {
  try {
    return await parse.json(ctx, { limit: limitBytes, strict: false })
  } catch (error) {
    const { status } = error as { status?: number }
    if (status === 413) {
      ctx.throw(413, `The body is larger than ${limitBytes} bytes.`, { code: 'too_large' })
    }
    if (status === 415) {
      ctx.throw(415, 'Send JSON in UTF-8, plain or gzip.', { code: 'not_json' })
    }
    ctx.throw(400, 'The body is not valid JSON.', { code: 'not_json' })
  }
}

function check<S extends z.ZodType>(ctx: Context, schema: S, input: unknown) {
  const result = schema.safeParse(input)
  if (result.success) return result.data

  const errors = result.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    message: issue.message,
  }))
  const detail = errors.map(({ field, message }) => (field ? `${field}: ${message}` : message))
  const code = commonCode(result.error.issues) ?? 'invalid'
  return ctx.throw(400, detail.join('; '), { code, problem: { errors } })
}

/** The code that all issues name (`schemas.ts`), if they name one. */
function commonCode(issues: z.core.$ZodIssue[]): string | undefined {
  const codes = new Set(issues.map((issue) => issue.code === 'custom' && issue.params?.code))
  const [code] = codes
  return codes.size === 1 && code ? code : undefined
}
