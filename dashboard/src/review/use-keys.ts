import { useEffect } from 'preact/hooks'
import { account } from '../api'
import { toast } from '../toast'
import { type Key, keyOf } from './keys'
import { current, findingKey, fold, mark, move, select, unfolded, unmark } from './queue'

/** What can be done about what is current: a finding, or a campaign, which is neither allowed nor normal. */
interface Actions {
  onBlock(): void
  onBlockFor(): void
  onDismiss(): void
  onDismissAs?(): void
  onAllow?(): void
}

/** Does what the keys say; what `actions` lacks cannot be done now. */
export function useKeys(actions: () => Actions, help: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const key = keyOf(event)
      if (!key) return
      event.preventDefault()
      press(key, actions(), help)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [actions, help])
}

function press(key: Key, actions: Actions, help: () => void): void {
  const reads: Partial<Record<Key, () => void>> = {
    '?': help,
    J: () => move(1),
    K: () => move(-1),
    O: fold,
    Esc: unmark,
  }
  const decides: Partial<Record<Key, () => void>> = {
    B: actions.onBlock,
    'Shift+B': actions.onBlockFor,
    D: actions.onDismiss,
    'Shift+D': actions.onDismissAs,
    A: actions.onAllow,
    X: markCurrent,
    U: () => toast.value?.undo?.(),
  }
  const mayDecide = account.value?.role !== 'viewer'
  const does = reads[key] ?? (mayDecide ? decides[key] : undefined)
  does?.()
}

/** Marks the current finding, or all of the current campaign, to decide about them one by one. */
function markCurrent(): void {
  const entry = current.value
  if (!entry) return
  if ('finding' in entry) {
    mark([entry.finding.id])
    return
  }
  const [first] = entry.campaign.findings
  if (!first) return
  if (!unfolded.value.has(entry.key)) fold()
  mark(entry.campaign.findings.map(({ id }) => id))
  select(findingKey(first.id))
}
