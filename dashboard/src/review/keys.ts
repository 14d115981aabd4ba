/** What the keys do, in the order in which the help lists them. */
export const KEYS = [
  ['J', 'next finding or campaign'],
  ['K', 'the one before'],
  ['B', 'block for 24 hours'],
  ['Shift+B', 'block, and choose for how long'],
  ['D', 'dismiss'],
  ['Shift+D', 'dismiss, and say what is normal'],
  ['A', 'always allow the address'],
  ['O', "show or hide a campaign's findings"],
  ['X', 'mark, to decide about several at once'],
  ['U', 'undo, within 10 seconds'],
  ['Esc', 'take all marks away'],
  ['?', 'these keys'],
] as const

export type Key = (typeof KEYS)[number][0]

/** The key that a person pressed, when it is one of ours and not meant for a field or a dialog. */
export function keyOf(event: KeyboardEvent): Key | undefined {
  if (event.metaKey || event.ctrlKey || event.altKey) return undefined
  const target = event.target as HTMLElement
  if (target.closest('input, textarea, select, dialog')) return undefined
  if (event.key === '?') return '?'
  if (event.key === 'Escape') return 'Esc'
  if (event.key === 'ArrowDown' && target.closest('.queue')) return 'J'
  if (event.key === 'ArrowUp' && target.closest('.queue')) return 'K'
  const letter = event.key.toUpperCase()
  const name = event.shiftKey ? `Shift+${letter}` : letter
  return KEYS.map(([key]) => key).find((key) => key === name)
}
