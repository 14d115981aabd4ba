import { useState } from 'preact/hooks'
import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Dialog } from '../parts/dialog'
import { count, counted, networkOf } from '../text'
import type { Finding, NetworkSeen } from '../wire'
import type { Decision } from './decide'
import { KEYS } from './keys'
import type { Group } from './queue'

/** How long a block may last, as the API takes it. */
const LENGTHS = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['escalate', 'longer each time'],
  ['', 'until it is taken away'],
] as const

interface Props {
  about: readonly Finding[]
  onDecide(decision: Decision): void
  onClose(): void
}

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog" class="actions">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  )
}

/** Asks for how long to block. */
export function BlockFor({ about, onDecide, onClose }: Props) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onDecide(blockGiven(fieldsOf(event)))
  }
  return (
    <Dialog title={`Block ${named(about)}`} onClose={onClose}>
      <form onSubmit={submit}>
        <HowLong />
        <Note />
        <Force />
        <Buttons text="Block" onClose={onClose} />
      </form>
    </Dialog>
  )
}

/** Asks what is normal about findings that are dismissed, and until when. */
export function DismissAs({ about, onDecide, onClose }: Props) {
  const [failure, setFailure] = useState<string | undefined>()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const { path, agent, network, until, note } = fieldsOf(event)
    if (!path && !agent) return setFailure('Say a path, an agent or both.')
    const normal = {
      ...(path && { path }),
      ...(agent && { agent }),
      ...(network && { network }),
      ...(until && { for: until }),
    }
    return onDecide({ decision: 'dismiss', normal, ...(note && { note }) })
  }
  const [first] = about
  return (
    <Dialog title={`What is normal about ${named(about)}?`} onClose={onClose}>
      <form onSubmit={submit}>
        <p class="muted">
          Requests like these are not counted any more when an hour is judged; everything else is.
        </p>
        <label>
          Path; * is one part, ** at the end all that follows
          <input name="path" placeholder="/admin/health" />
        </label>
        <label>
          Agent that contains
          <input name="agent" placeholder="UptimeProbe" maxLength={200} />
        </label>
        <label>
          From
          <select name="network">
            <option value="">
              {about.length === 1 ? first?.ipAddress : 'each its own address'}
            </option>
            {about.length === 1 && first && (
              <option value={networkOf(first.ipAddress)}>{networkOf(first.ipAddress)}</option>
            )}
          </select>
        </label>
        <label>
          Until
          <select name="until">
            <option value="7d">in 7 days</option>
            <option value="30d" selected>
              in 30 days
            </option>
            <option value="365d">in a year</option>
          </select>
        </label>
        <Note />
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <Buttons text="Dismiss" onClose={onClose} />
      </form>
    </Dialog>
  )
}

interface BulkProps {
  group: Group
  onDecide(about: readonly Finding[], decision: Decision): void
  onBlockNetwork(network: string): void
  onClose(): void
}

/** Decides about the findings of a network as one; who would be hit beside is shown first. */
export function Bulk({ group, onDecide, onBlockNetwork, onClose }: BulkProps) {
  const { title, findings } = group
  const addresses = new Set(findings.map(({ ipAddress }) => ipAddress)).size
  return (
    <Dialog title={title} onClose={onClose}>
      <p>
        {counted(findings.length, 'finding')} about {counted(addresses, 'address', 'addresses')}.
      </p>
      <div class="actions">
        <button
          type="button"
          class="bad"
          onClick={() => onDecide(findings, { decision: 'block', for: '24h' })}
        >
          Block {counted(addresses, 'address', 'addresses')} for 24 h
        </button>
        <button type="button" onClick={() => onDecide(findings, { decision: 'dismiss' })}>
          Dismiss all
        </button>
      </div>
      <Collateral network={title} onBlock={() => onBlockNetwork(title)} />
      <form method="dialog" class="actions">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  )
}

function Collateral({ network, onBlock }: { network: string; onBlock(): void }) {
  const loaded = useLoad(network, () => get<NetworkSeen>('networks', { network }))
  return (
    <section>
      <h3 class="mono">{network}</h3>
      <Await of={loaded}>
        {({ seen, well, examples }) => (
          <>
            <p>
              {well === 0
                ? `Nobody else: all ${counted(seen, 'address', 'addresses')} seen here in a week were flagged.`
                : `Of ${counted(seen, 'address', 'addresses')} seen here in a week ${count(well)} behaved well, and would be shut out too:`}
            </p>
            {examples.length > 0 && <p class="mono">{examples.join(', ')}</p>}
            <button type="button" class="bad" onClick={onBlock}>
              Block the whole network for 24 h
            </button>
          </>
        )}
      </Await>
    </section>
  )
}

export function HowLong() {
  return (
    <label>
      For how long
      <select name="for">
        {LENGTHS.map(([value, text]) => (
          <option key={value} value={value} selected={value === '24h'}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Force() {
  return (
    <label class="inline">
      <input type="checkbox" name="force" /> even when a guard objects
    </label>
  )
}

export function Note() {
  return (
    <label>
      Note
      <input name="note" maxLength={2000} />
    </label>
  )
}

export function Buttons({ text, onClose }: { text: string; onClose(): void }) {
  return (
    <div class="actions">
      <button type="submit" class="main">
        {text}
      </button>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  )
}

/** The block that `HowLong`, `Note` and `Force` were filled in for. */
export function blockGiven({ for: length, note, force }: Record<string, string | undefined>) {
  return {
    decision: 'block' as const,
    ...(length && { for: length }),
    ...(note && { note }),
    ...(force && { force: true }),
  }
}

function named(about: readonly Finding[]): string {
  return about.length === 1 ? about[0]!.ipAddress : counted(about.length, 'finding')
}

/** What was filled in, by the names of the fields. */
export function fieldsOf(event: SubmitEvent): Record<string, string | undefined> {
  const fields = new FormData(event.currentTarget as HTMLFormElement)
  return Object.fromEntries([...fields].map(([name, value]) => [name, String(value).trim()]))
}
