import { useState } from 'preact/hooks'
import { get, post, remove } from '../api'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { fromNow } from '../text'
import { say, sayFailure } from '../toast'
import type { Session } from '../wire'

/** Where one is signed in, and one's password. */
export function Sessions() {
  const [changes, setChanges] = useState(0)
  const end = async ({ id }: Session) => {
    try {
      await remove(`sessions/${id}`)
      say({ text: 'That session has ended.' }, 5_000)
    } catch (error) {
      sayFailure(error)
    }
    setChanges((before) => before + 1)
  }
  const changePassword = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    try {
      await post('password', { current: fields.get('current'), new: fields.get('new') })
      say({ text: 'The password is changed; your other sessions have ended.' }, 5_000)
      form.reset()
    } catch (error) {
      sayFailure(error)
    }
    setChanges((before) => before + 1)
  }
  return (
    <Card title="Where you are signed in">
      <Entries<Session>
        changes={changes}
        ask={() => get('sessions')}
        columns={['from', 'with', 'since', 'last used']}
        cells={({ ipAddress, userAgent, createdAt, lastSeenAt, isCurrent }) => [
          <span key="from" class="mono">
            {ipAddress ?? ''}
            {isCurrent && ' (this one)'}
          </span>,
          userAgent,
          fromNow(createdAt),
          fromNow(lastSeenAt),
        ]}
        removeText="End"
        onRemove={(session) => void end(session)}
        empty="Nowhere."
      />
      <form onSubmit={(event) => void changePassword(event)}>
        <div class="row">
          <label>
            Current password
            <input name="current" type="password" required autocomplete="current-password" />
          </label>
          <label>
            New password
            <input name="new" type="password" required autocomplete="new-password" />
          </label>
          <button type="submit">Change password</button>
        </div>
      </form>
    </Card>
  )
}
