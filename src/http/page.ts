import { createHash } from 'node:crypto'
import type { ParameterizedContext } from 'koa'

const STYLE = `
  body { margin: 15vh auto; max-width: 34rem; padding: 0 1.5rem; font: 1.05rem/1.6 system-ui, sans-serif }
  code { font-size: 1.1em }
  button { font: inherit; padding: .4em 1em }
  @media (prefers-color-scheme: dark) { body { background: #14161a; color: #e6e6e6 } }
`

/** What such a page may load and send: nothing but its own style, and forms to ourselves. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256')
  .update(STYLE)
  .digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

/** Answers with a small page for people; `body` is HTML, in which texts have gone through `escapeHtml`. */
export function answerPage(ctx: ParameterizedContext, title: string, body: string): void {
  ctx.type = 'html'
  ctx.set('content-security-policy', POLICY)
  ctx.set('cache-control', 'no-store')
  ctx.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`
}

/** `text` as it can stand in HTML, inside attributes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
