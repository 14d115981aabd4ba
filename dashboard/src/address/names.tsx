import { get } from '../api'
import { useLoad } from '../load'
import type { Names as Answer } from '../wire'

/** What DNS calls an address; asked for beside the rest, for a name server may take its time. */
export function Names({ ip }: { ip: string }) {
  const { value, error } = useLoad(`names ${ip}`, () => get<Answer>(`names/${ip}`))
  if (error) return <span class="muted">not found out</span>
  if (!value) return <span class="muted">…</span>
  const { allowed, names } = value
  if (!allowed) {
    return (
      <span class="muted">
        not asked for: <code>REVERSE_NAMES=dns</code> allows it
      </span>
    )
  }
  if (!names) return <span class="muted">the name server does not answer</span>
  if (names.length === 0) return <span class="muted">has none</span>
  return (
    <>
      {names.map(({ name, confirmed }) => (
        <div key={name}>
          <bdi class="mono">{name}</bdi>{' '}
          <span class="muted">{confirmed ? 'and back' : 'which does not lead back'}</span>
        </div>
      ))}
    </>
  )
}
