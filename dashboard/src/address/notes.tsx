import { account, post, remove } from '../api'
import { change } from '../change'
import { Card } from '../parts/card'
import { fromNow } from '../text'
import type { Note } from '../wire'

interface Props {
  of: string
  notes: readonly Note[]
  onChange(): void
}

/** What people have written down about an address, and the networks around it. */
export function Notes({ of, notes, onChange }: Props) {
  const mayWrite = account.value?.role === 'admin'
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const note = String(new FormData(form).get('note')).trim()
    if (!note) return
    form.reset()
    void change(() => post('notes', { ipAddress: of, note }), 'Noted.', onChange)
  }
  return (
    <Card title="Notes">
      {notes.length === 0 && <p class="muted">Nobody has written anything down.</p>}
      <ul class="notes">
        {notes.map(({ id, ipAddress, note, writtenBy, writtenAt }) => (
          <li key={id}>
            <p class="note">{note}</p>
            <p class="muted">
              {writtenBy}, {fromNow(writtenAt)}
              {ipAddress !== of && <span class="mono"> about {ipAddress}</span>}{' '}
              {mayWrite && (
                <button
                  type="button"
                  class="plain"
                  onClick={() => void change(() => remove(`notes/${id}`), 'Removed.', onChange)}
                >
                  Remove<span class="hidden"> the note of {writtenBy}</span>
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
      {mayWrite && (
        <form onSubmit={add}>
          <div class="row">
            <label class="wide">
              A note for the others
              <textarea name="note" rows={2} maxLength={2000} required />
            </label>
            <button type="submit">Add</button>
          </div>
        </form>
      )}
    </Card>
  )
}
