import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { count } from '../text'
import type { Notice, Storage } from '../wire'

/** What is stored, as the running settings have it, and how much of it there is. */
export function Stored() {
  const notice = useLoad('notice', () => get<Notice>('privacy'))
  const storage = useLoad('storage', () => get<Storage>('storage'))
  return (
    <Card title="What is stored">
      <Await of={notice}>
        {({ addresses, retention, settings, outside, attribution }) => (
          <>
            <dl class="facts">
              <div>
                <dt>IP_STORAGE</dt>
                <dd>{settings.ipStorage}</dd>
              </div>
              <div>
                <dt>ANONYMIZE_AFTER_HOURS</dt>
                <dd>{settings.anonymizeAfterHours}</dd>
              </div>
              <div>
                <dt>RETENTION_DAYS</dt>
                <dd>{settings.retentionDays}</dd>
              </div>
            </dl>
            <p>{addresses}</p>
            <p>{retention}</p>
            {outside && <p>{outside}</p>}
            <p class="muted">{attribution}</p>
          </>
        )}
      </Await>
      <Await of={storage}>{(found) => <Tables storage={found} />}</Await>
    </Card>
  )
}

function Tables({ storage: { tables, oldest } }: { storage: Storage }) {
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">table</th>
            <th scope="col" class="number">
              ≈ rows
            </th>
            <th scope="col" class="number">
              megabytes
            </th>
          </tr>
        </thead>
        <tbody>
          {tables
            .filter(({ rows }) => rows > 0)
            .map(({ name, rows, bytes }) => (
              <tr key={name}>
                <td class="mono">{name}</td>
                <td class="number">{count(rows)}</td>
                <td class="number">{(bytes / 1e6).toFixed(1)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {oldest && <p class="muted">The oldest day of the log is {oldest}.</p>}
    </>
  )
}
