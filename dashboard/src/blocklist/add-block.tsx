import { useEffect, useState } from 'preact/hooks'
import { account, get, type Problem, post } from '../api'
import { Card } from '../parts/card'
import { HowLong } from '../review/dialogs'
import { count, counted } from '../text'
import { say } from '../toast'
import type { Block, NetworkSeen } from '../wire'

/** How long nothing is typed before the preview asks. */
const PAUSE_MS = 300

interface Props {
  given: string
  onChange(): void
}

/** A form to block an address or network, which says while one types whom it would hit. */
export function AddBlock({ given, onChange }: Props) {
  const [network, setNetwork] = useState(given)
  const [failure, setFailure] = useState<Problem | undefined>()
  const preview = usePreview(network)
  if (account.value?.role === 'viewer') return null

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const text = (name: string) => String(fields.get(name) ?? '').trim()
    const order = {
      ipAddress: network.trim(),
      ...(text('reason') && { reason: text('reason') }),
      ...(text('for') && { for: text('for') }),
      ...(fields.has('force') && { force: true }),
    }
    try {
      const block = await post<Block>('blocks', order)
      say({ text: `Blocked ${block.ipAddress}.` })
      form.reset()
      setNetwork('')
      setFailure(undefined)
      onChange()
    } catch (error) {
      setFailure(error as Problem)
    }
  }
  return (
    <Card title="Block">
      <form onSubmit={(event) => void submit(event)}>
        <div class="row">
          <label>
            Address or network
            <input
              class="mono"
              name="network"
              required
              placeholder="203.0.113.0/24"
              value={network}
              onInput={(event) => setNetwork(event.currentTarget.value)}
            />
          </label>
          <HowLong />
        </div>
        <label>
          Reason
          <input name="reason" maxLength={500} placeholder="blocked by hand" />
        </label>
        <Preview preview={preview} />
        {failure && (
          <div class="failure" role="alert">
            <p>{failure.message}</p>
            {failure.code === 'refused' && (
              <label class="inline">
                <input type="checkbox" name="force" /> block it all the same
              </label>
            )}
          </div>
        )}
        <div class="actions">
          <button type="submit" class="main">
            Block
          </button>
        </div>
      </form>
    </Card>
  )
}

type Previewed = NetworkSeen | Error | undefined

function usePreview(network: string): Previewed {
  const [preview, setPreview] = useState<Previewed>()
  useEffect(() => {
    setPreview(undefined)
    if (network.trim() === '') return undefined
    let isOld = false
    const timer = setTimeout(async () => {
      const found = await get<NetworkSeen>('networks', { network: network.trim() }).catch(
        (error: Error) => error,
      )
      if (!isOld) setPreview(found)
    }, PAUSE_MS)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [network])
  return preview
}

/** Said aloud as it changes. */
function Preview({ preview }: { preview: Previewed }) {
  return (
    <div class="preview muted" role="status">
      {preview === undefined && 'What you type is looked up as you type it.'}
      {preview instanceof Error && preview.message}
      {preview && !(preview instanceof Error) && <Hits seen={preview} />}
    </div>
  )
}

function Hits({ seen: told }: { seen: NetworkSeen }) {
  const { size, seen, seenToday, well, examples, objection, coveredBy, allowed, complete } = told
  const addresses = size === '1' ? '1 address' : `${size} addresses`
  return (
    <>
      <p>
        Covers {addresses}, {complete ? '' : 'at least '}
        {count(seenToday)} of them seen today and {count(seen)} in a week
        {well > 0 && `; ${counted(well, 'address', 'addresses')} behaved well`}.
      </p>
      {examples.length > 0 && <p class="mono">{examples.join(', ')}</p>}
      {coveredBy.map(({ id, ipAddress, reason }) => (
        <p key={id}>
          Blocked already, by {ipAddress}: {reason}
        </p>
      ))}
      {allowed.map(({ id, ipAddress }) => (
        <p key={id}>
          <b>Within the allowed {ipAddress}: there a block does nothing.</b>
        </p>
      ))}
      {objection && (
        <p>
          <b>{objection}</b>
        </p>
      )}
    </>
  )
}
