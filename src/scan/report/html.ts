import { visibleLines } from '../../net/visible'

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup, as opposed to text that is still to be escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = Markup | string | number | readonly Markup[]

/**
 * Markup with values put in. Whatever is not markup itself is escaped, and what a screen would obey
 * is made visible: paths and agents are an attacker's words.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const texts = values.map((value) => {
    if (value instanceof Markup) return value.text
    if (typeof value === 'object') return value.map(({ text }) => text).join('')
    return escapeText(String(value))
  })
  return new Markup(parts.reduce((whole, part, nth) => whole + texts[nth - 1] + part))
}

function escapeText(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
