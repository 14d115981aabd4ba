import { get } from '../api'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { atDay } from '../text'
import type { AuditEntry } from '../wire'

/** Who changed what, when and from where. */
export function Changes() {
  return (
    <Card title="What was changed">
      <Entries<AuditEntry>
        ask={(cursor) => get('audit', { cursor, limit: 20 })}
        columns={['when', 'who', 'what', 'about', 'from']}
        cells={({ at, actor, action, subject, ipAddress }) => [
          atDay(at),
          actor,
          action,
          <span key="subject" class="mono">
            {subject}
          </span>,
          <span key="from" class="mono">
            {ipAddress}
          </span>,
        ]}
        empty="Nothing yet."
      />
    </Card>
  )
}
