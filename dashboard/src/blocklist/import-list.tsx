import { useState } from 'preact/hooks'
import { account, Problem, upload } from '../api'
import { Card } from '../parts/card'
import { counted } from '../text'
import { say } from '../toast'
import type { ImportReport } from '../wire'

interface Chosen {
  file: File
  source: string
}

/** A published list: what it would change is shown first, then it is taken or not. */
export function ImportList({ onChange }: { onChange(): void }) {
  const [chosen, setChosen] = useState<Chosen | undefined>()
  const [report, setReport] = useState<ImportReport | Problem | undefined>()
  const [busy, setBusy] = useState(false)
  if (account.value?.role === 'viewer') return null

  const send = async ({ file, source }: Chosen, options: { dryRun: boolean; force?: boolean }) => {
    setBusy(true)
    try {
      const { dryRun, force = false } = options
      const told = await upload<ImportReport>('blocks/import', file, {
        source,
        dryRun: String(dryRun),
        force: String(force),
      })
      setReport(told)
      if (!dryRun) {
        say({ text: `${source}: ${told.added} added, ${told.removed} removed.` })
        setChosen(undefined)
        setReport(undefined)
        onChange()
      }
    } catch (error) {
      setReport(error as Problem)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const next = { file: fields.get('file') as File, source: String(fields.get('source')).trim() }
    setChosen(next)
    void send(next, { dryRun: true })
  }
  return (
    <Card title="Import a list">
      <form onSubmit={submit}>
        <div class="row">
          <label>
            List, plain or gzip
            <input type="file" name="file" required />
          </label>
          <label>
            Its name
            <input name="source" required maxLength={100} placeholder="drop" />
          </label>
        </div>
        <div class="actions">
          <button type="submit" disabled={busy}>
            {busy ? 'Reading…' : 'What would it change?'}
          </button>
        </div>
      </form>
      <div role="status">
        {report instanceof Problem && <p class="failure">{report.message}</p>}
        {report && !(report instanceof Problem) && chosen && (
          <Difference
            report={report}
            onTake={(force) => void send(chosen, { dryRun: false, force })}
          />
        )}
      </div>
    </Card>
  )
}

function Difference({ report, onTake }: { report: ImportReport; onTake(force: boolean): void }) {
  const { added, removed, kept, blockedByOthers, firstAdded, firstRemoved, rejected, refusal } =
    report
  return (
    <>
      <p>
        It would add {counted(added, 'network')} and remove {removed}; {kept} stay, and{' '}
        {blockedByOthers} are blocked by others too.
      </p>
      {firstAdded.length > 0 && <p class="mono">+ {firstAdded.join(' ')}</p>}
      {firstRemoved.length > 0 && <p class="mono">− {firstRemoved.join(' ')}</p>}
      {rejected.first.map(({ line, reason }) => (
        <p key={line} class="muted">
          line {line}: {reason}
        </p>
      ))}
      {refusal && <p class="failure">{refusal}</p>}
      <div class="actions">
        <button type="button" class="main" onClick={() => onTake(refusal !== null)}>
          {refusal ? 'Take it all the same' : 'Take it'}
        </button>
      </div>
    </>
  )
}
