import { account, get, post, remove } from '../api'
import { change as changeAndSay } from '../change'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { fromNow } from '../text'
import type { Allowed } from '../wire'

interface Props {
  changes: number
  onChange(): void
}

/** Networks that are never blocked or flagged: one's own offices and monitors. */
export function AllowedNetworks({ changes, onChange }: Props) {
  const change = (work: () => Promise<unknown>, text: string) => {
    return changeAndSay(work, text, onChange)
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const ipAddress = String(fields.get('network')).trim()
    const reason = String(fields.get('reason')).trim()
    void change(
      () => post('allowed', { ipAddress, ...(reason && { reason }) }),
      `${ipAddress} is never blocked.`,
    )
    form.reset()
  }
  return (
    <Card title="Never blocked or flagged">
      <Entries<Allowed>
        changes={changes}
        ask={(cursor) => get('allowed', { cursor, limit: 50 })}
        columns={['network', 'why', 'by', 'since']}
        cells={({ ipAddress, reason, allowedBy, allowedAt }) => [
          <span key="network" class="mono">
            {ipAddress}
          </span>,
          reason,
          allowedBy,
          fromNow(allowedAt),
        ]}
        removeText="Take away"
        onRemove={({ id, ipAddress }) =>
          void change(() => remove(`allowed/${id}`), `${ipAddress} is judged like others again.`)
        }
        empty="None. Your own offices and monitors belong here."
      />
      {account.value?.role === 'admin' && (
        <form onSubmit={submit}>
          <div class="row">
            <label>
              Address or network
              <input class="mono" name="network" required placeholder="198.51.100.7" />
            </label>
            <label>
              Reason
              <input name="reason" maxLength={500} placeholder="our monitor" />
            </label>
            <button type="submit">Allow</button>
          </div>
        </form>
      )}
    </Card>
  )
}
