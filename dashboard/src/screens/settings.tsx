import { account } from '../api'
import { Changes } from '../settings/changes'
import { Doctor } from '../settings/doctor'
import { Keys } from '../settings/keys'
import { People } from '../settings/people'
import { Sessions } from '../settings/sessions'
import { Stored } from '../settings/stored'
import { Subject } from '../settings/subject'

/** What is stored and for how long, who may come in, and what was changed. */
export function Settings() {
  const isAdmin = account.value?.role === 'admin'
  return (
    <>
      <div class="two">
        <Stored />
        <div class="stack">
          {isAdmin && <Subject />}
          <Doctor />
        </div>
      </div>
      <Sessions />
      {isAdmin && <Keys />}
      {isAdmin && <People />}
      <Changes />
      <p class="muted">
        Everything here can be done by programs too: <a href="../openapi">the API</a>
      </p>
    </>
  )
}
