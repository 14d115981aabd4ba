import type { OpenApi, Operation } from './openapi'
import { escapeHtml } from './page'

/** The description of the API as HTML for people, to stand in a page: made once, at the start. */
export function referenceOf({ paths, info }: OpenApi): string {
  const byTag = new Map<string, string[]>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0]!
      byTag.set(tag, [...(byTag.get(tag) ?? []), entryOf(method, path, operation)])
    }
  }
  const sections = [...byTag].map(([tag, entries]) => {
    return `<h2>${escapeHtml(tag)}</h2>\n${entries.join('\n')}`
  })
  const about = `<p>Version ${escapeHtml(info.version)}. For programs: <a href="/openapi.json">openapi.json</a>`
  return [about, ...sections].join('\n')
}

function entryOf(method: string, path: string, operation: Operation): string {
  const { summary, parameters, security, requestBody, responses } = operation
  const parts = [
    `<p>${escapeHtml(summary)}`,
    `<p><small>${escapeHtml(callersOf(security))}</small>`,
  ]
  if (parameters.length > 0) {
    const names = parameters.map(({ name }) => `<code>${escapeHtml(name)}</code>`)
    parts.push(`<p>Takes ${names.join(', ')}`)
  }
  if (requestBody) parts.push(`<pre>${escapeHtml(JSON.stringify(requestBody, null, 1))}</pre>`)
  const [success, answer] = Object.entries(responses)[0]!
  const schema = schemaOf(answer)
  const told = escapeHtml(`Answers ${success}${schema ? ' with' : '.'}`)
  parts.push(`<p>${told}`)
  if (schema) parts.push(`<pre>${escapeHtml(JSON.stringify(schema, null, 1))}</pre>`)
  const line = `${method.toUpperCase()} ${path}`
  return `<details><summary><code>${escapeHtml(line)}</code></summary>${parts.join('\n')}</details>`
}

/** What the JSON of an answer is, when it was said. */
function schemaOf(answer: object): object | undefined {
  const { content } = answer as { content?: Record<string, { schema?: object }> }
  return content?.['application/json']?.schema
}

function callersOf(security: readonly object[]): string {
  if (security.length === 0) return 'For anyone.'
  const [scope] = security.flatMap((scheme) => Object.values(scheme).flat())
  const hasSession = security.some((scheme) => 'session' in scheme)
  const callers = [
    hasSession && 'people who have signed in',
    scope && `keys with the scope ${scope}`,
  ]
  return `For ${callers.filter(Boolean).join(', and ')}.`
}
