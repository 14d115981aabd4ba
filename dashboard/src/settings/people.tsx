import { useState } from 'preact/hooks'
import { account, get, post, remove } from '../api'
import { change as changeAndSay } from '../change'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { fromNow } from '../text'
import type { Person } from '../wire'

/** Who may sign in, and what they may do. */
export function People() {
  const [changes, setChanges] = useState(0)
  const change = (work: () => Promise<unknown>, text: string) => {
    return changeAndSay(work, text, () => setChanges((before) => before + 1))
  }
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const { email, password, role } = Object.fromEntries(new FormData(form))
    void change(() => post('accounts', { email, password, role }), `${String(email)} may sign in.`)
    form.reset()
  }
  return (
    <Card title="People">
      <Entries<Person>
        changes={changes}
        ask={() => get('accounts')}
        columns={['e-mail address', 'role', 'since']}
        cells={({ email, role, createdAt }) => [
          email === account.value?.email ? `${email} (you)` : email,
          role,
          fromNow(createdAt),
        ]}
        removeText="Remove"
        onRemove={({ id, email }) =>
          void change(() => remove(`accounts/${id}`), `${email} may not sign in any more.`)
        }
        empty="Nobody."
      />
      <form onSubmit={add}>
        <div class="row">
          <label>
            E-mail address
            <input name="email" type="email" required maxLength={254} autocomplete="off" />
          </label>
          <label>
            First password
            <input name="password" type="password" required autocomplete="new-password" />
          </label>
          <label>
            Role
            <select name="role">
              <option value="viewer">viewer: looks</option>
              <option value="admin">admin: changes</option>
            </select>
          </label>
          <button type="submit">Add</button>
        </div>
      </form>
    </Card>
  )
}
