import { useState } from 'preact/hooks'
import { get, remove } from '../api'
import { Card } from '../parts/card'
import { Dialog } from '../parts/dialog'
import { say, sayFailure } from '../toast'

/** Answers to people who ask for a copy or the erasure of what is stored about their address. */
export function Subject() {
  const [ip, setIp] = useState('')
  const [asking, setAsking] = useState(false)
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
    try {
      await remove(`subjects/${ip.trim()}`)
      say({ text: `Erased what was stored about ${ip.trim()}.` }, 5_000)
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
      {asking && (
        <Dialog title={`Erase ${ip.trim()}?`} onClose={() => setAsking(false)}>
          <p>Its requests, counts and findings are deleted for good. A block of it stays.</p>
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
