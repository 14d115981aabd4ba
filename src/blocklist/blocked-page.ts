import { createHash } from 'node:crypto'
import type { Address } from '../net/address'

const STYLE = `
  body { margin: 15vh auto; max-width: 34rem; padding: 0 1.5rem; font: 1.05rem/1.6 system-ui, sans-serif }
  code { font-size: 1.1em }
  @media (prefers-color-scheme: dark) { body { background: #14161a; color: #e6e6e6 } }
`

/** What the page may load: nothing but its own style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256')
  .update(STYLE)
  .digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** The page that a person sees in the browser when the address is blocked. */
export function blockedPage(address: Address, incident: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Access refused</title>
<style>${STYLE}</style>
<h1>Access refused</h1>
<p>Requests from your address, <code>${escapeHtml(address)}</code>, are blocked here.
<p>If you think that this is a mistake, tell the operator of this site the incident number
<strong><code>${escapeHtml(incident)}</code></strong>.
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
