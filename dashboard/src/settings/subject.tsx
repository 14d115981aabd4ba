import { useState } from 'preact/hooks'
import { get, remove } from '../api'
import { Card } from '../parts/card'
import { Dialog } from '../parts/dialog'
import { sayFailure } from '../toast'
import type { Erasure } from '../wire'
import { Erased } from './erased'

/** Answers to people who ask for a copy or the erasure of what is stored about their address. */
export function Subject() {
  const [ip, setIp] = useState('')
  const [asking, setAsking] = useState(false)
  const [erased, setErased] = useState<Erasure | undefined>()
  const download = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      save(`${ip}.json`, await get<object>(`subjects/${ip.trim()}`))
    } catch (error) {
      sayFailure(error)
    }
  }
  const erase = async () => {
    setAsking(false)
    setErased(undefined)
    try {
      setErased(await remove<Erasure>(`subjects/${ip.trim()}`))
    } catch (error) {
      sayFailure(error)
    }
  }
  return (
    <Card title="Somebody asks about their address">
      <form onSubmit={(event) => void download(event)}>
        <label>
          Address
          <input
            class="mono"
            required
            value={ip}
            placeholder="203.0.113.7"
            onInput={(event) => setIp(event.currentTarget.value)}
          />
        </label>
        <div class="actions">
          <button type="submit">Export as JSON</button>
          <button type="button" class="bad" disabled={!ip.trim()} onClick={() => setAsking(true)}>
            Erase…
          </button>
        </div>
      </form>
      <div role="status">{erased && <Erased {...erased} />}</div>
      {asking && (
        <Dialog title={`Erase ${ip.trim()}?`} onClose={() => setAsking(false)}>
          <p>
            Its requests, counts, findings, notes and exceptions are deleted for good, and so is its
            entry among the allowed. A running block of it stays.
          </p>
          <div class="actions">
            <button type="button" class="bad" onClick={() => void erase()}>
              Erase for good
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              Cancel
            </button>
          </div>
        </Dialog>
      )}
    </Card>
  )
}

function save(name: string, content: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)]))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
