import { toast } from '../toast'

/** What was just done, said aloud too, with the way back. */
export function ToastLine() {
  const said = toast.value
  return (
    <div class={`toast ${said?.isFailure ? 'bad' : ''}`} role="status" aria-live="polite">
      {said && <span>{said.text}</span>}
      {said?.undo && (
        <button type="button" onClick={said.undo}>
          Undo <kbd>U</kbd>
        </button>
      )}
    </div>
  )
}
