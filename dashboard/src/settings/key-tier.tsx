import { useState } from 'preact/hooks'
import { account, patch } from '../api'
import { say } from '../toast'
import type { Key } from '../wire'

interface Props {
  of: Key
  /** Those that a key may be bound to, the default one first. */
  tiers: readonly string[]
}

/** How often a key may ask: the tier it is bound to, and for admins the choice of another one. */
export function KeyTier({ of: { id, name, prefix, tier }, tiers }: Props) {
  const [bound, setBound] = useState(tier)
  const [failure, setFailure] = useState<string | undefined>()
  const byDefault = defaultOf(tiers)
  if (account.value?.role !== 'admin') return <>{bound ?? byDefault}</>
  const bind = async (select: HTMLSelectElement) => {
    const wanted = select.value || null
    try {
      await patch(`keys/${id}`, { tier: wanted })
      setBound(wanted)
      setFailure(undefined)
      say({ text: `The key of ${name} has the tier ${wanted ?? byDefault}.` }, 5_000)
    } catch (error) {
      select.value = bound ?? ''
      setFailure((error as Error).message)
    }
  }
  // One that is not in the settings any more counts as the default one.
  const isGone = bound !== null && !tiers.includes(bound)
  return (
    <>
      <select
        aria-label={`Tier of ${name}, ${prefix}`}
        value={bound ?? ''}
        onChange={(event) => void bind(event.currentTarget)}
      >
        <Tiers tiers={tiers} />
        {isGone && <option value={bound}>{bound} (gone)</option>}
      </select>
      {failure && <p role="alert">{failure}</p>}
    </>
  )
}

/** The choice of a tier; none chosen is the default one. */
export function Tiers({ tiers }: Pick<Props, 'tiers'>) {
  return (
    <>
      <option value="">{defaultOf(tiers)}</option>
      {tiers.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </>
  )
}

function defaultOf([first]: readonly string[]): string {
  return first === undefined ? 'default' : `default (${first})`
}
