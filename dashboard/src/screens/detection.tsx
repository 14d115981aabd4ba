import { useState } from 'preact/hooks'
import { account, get, post, remove } from '../api'
import { BackTestCard } from '../detection/back-test'
import { ModelCardCard } from '../detection/model-card'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { atDay, atTime, fromNow } from '../text'
import { say, sayFailure } from '../toast'
import type { Exception, List, Run } from '../wire'

const HOUR_MS = 3_600_000

/** The hours that were judged, on what they were judged, and what people have called normal. */
export function Detection() {
  const [changes, setChanges] = useState(0)
  const [busy, setBusy] = useState(false)
  const changed = () => setChanges((before) => before + 1)
  const judge = async () => {
    setBusy(true)
    try {
      const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS).toISOString()
      await post('detection/run', { hour })
      say({ text: `Judged the hour since ${atTime(hour)}.` }, 5_000)
    } catch (error) {
      sayFailure(error)
    }
    setBusy(false)
    changed()
  }
  const now = account.value?.role === 'admin' && (
    <button type="button" disabled={busy} onClick={() => void judge()}>
      {busy ? 'Judging…' : 'Judge this hour now'}
    </button>
  )
  const end = async ({ id }: Exception) => {
    try {
      await remove(`exceptions/${id}`)
      say({ text: 'It counts again.' }, 5_000)
    } catch (error) {
      sayFailure(error)
    }
    changed()
  }
  return (
    <>
      <Card title="Hours" aside={now}>
        <Entries<Run & { id: string }>
          changes={changes}
          ask={askRuns}
          columns={['hour', 'state', 'addresses', 'flagged', 'took', 'learned part']}
          cells={(run) => [
            atDay(run.hour),
            run.error ?? run.state,
            run.addresses ?? '',
            run.flagged ?? '',
            tookOf(run),
            <Learned key="learned" facts={run.facts} />,
          ]}
          empty="No hour was judged yet. The first is when an hour with requests has closed; or judge this one now."
        />
      </Card>
      <ModelCardCard key={changes} />
      <BackTestCard />
      <Card title="What people have called normal">
        <Entries<Exception>
          changes={changes}
          ask={(cursor) => get('exceptions', { cursor, limit: 50 })}
          columns={['network', 'path', 'agent', 'why', 'by', 'ends']}
          cells={({ network, path, agent, reason, madeBy, expiresAt }) => [
            <span key="network" class="mono">
              {network}
            </span>,
            path && <span class="mono">{path}</span>,
            agent,
            reason,
            madeBy,
            fromNow(expiresAt),
          ]}
          removeText="End"
          onRemove={(exception) => void end(exception)}
          empty="Nothing. Dismissing a finding with ⇧D says what is normal about it."
        />
      </Card>
    </>
  )
}

async function askRuns(cursor?: string): Promise<List<Run & { id: string }>> {
  const { items, next } = await get<List<Run>>('detection/runs', { cursor, limit: 48 })
  return { items: items.map((run) => ({ ...run, id: run.hour })), next }
}

function tookOf({ startedAt, finishedAt }: Run): string {
  if (!finishedAt) return ''
  const ms = Date.parse(finishedAt) - Date.parse(startedAt)
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** What the run says of its models, in its own words. */
function Learned({ facts }: { facts: Record<string, unknown> }) {
  const { state, ...rest } = (facts.learned ?? facts) as Record<string, unknown>
  const entries = Object.entries(rest).filter(([, value]) => !isEmpty(value))
  return (
    <details>
      <summary>{String(state ?? 'facts')}</summary>
      <dl class="facts">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}
