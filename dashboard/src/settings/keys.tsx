import { useState } from 'preact/hooks'
import { get, post, remove } from '../api'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { Snippet } from '../parts/first-event'
import { fromNow } from '../text'
import { say, sayFailure } from '../toast'
import type { Key, KeyList } from '../wire'
import { KeyTier, Tiers } from './key-tier'

const SCOPES = ['check', 'ingest', 'bouncer', 'admin']

/** Keys of applications: made, shown once, and taken away. */
export function Keys() {
  const [changes, setChanges] = useState(0)
  const [tiers, setTiers] = useState<string[]>([])
  const ask = async () => {
    const list = await get<KeyList>('keys')
    setTiers(list.tiers)
    return list
  }
  const [made, setMade] = useState<string | undefined>()
  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    try {
      const order = {
        name: String(fields.get('name')).trim(),
        scopes: fields.getAll('scope'),
        tier: fields.get('tier') || null,
      }
      const { key } = await post<{ key: string }>('keys', order)
      setMade(key)
      form.reset()
    } catch (error) {
      sayFailure(error)
    }
    setChanges((before) => before + 1)
  }
  const revoke = async ({ id, name }: Key) => {
    try {
      await remove(`keys/${id}`)
      say({ text: `The key of ${name} is valid no more.` }, 5_000)
    } catch (error) {
      sayFailure(error)
    }
    setChanges((before) => before + 1)
  }
  return (
    <Card title="Keys of applications">
      <Entries<Key>
        changes={changes}
        ask={ask}
        columns={['name', 'begins with', 'may', 'tier', 'made', 'last used']}
        cells={(key) => [
          key.name,
          <code key="prefix">{key.prefix}</code>,
          key.scopes.join(', '),
          <KeyTier key={key.tier} of={key} tiers={tiers} />,
          fromNow(key.createdAt),
          key.lastUsedAt ? fromNow(key.lastUsedAt) : 'never',
        ]}
        removeText="Revoke"
        onRemove={(key) => void revoke(key)}
        empty="No application has a key yet."
      />
      {made && (
        <div role="status">
          <p>
            <b>The new key. It is not shown again:</b>
          </p>
          <Snippet text={made} />
        </div>
      )}
      <form onSubmit={(event) => void create(event)}>
        <div class="row">
          <label>
            Name of the application
            <input name="name" required maxLength={100} placeholder="shop" />
          </label>
          {SCOPES.map((scope) => (
            <label key={scope} class="inline">
              <input type="checkbox" name="scope" value={scope} checked={scope === 'check'} />{' '}
              {scope}
            </label>
          ))}
          <label>
            Tier
            <select name="tier">
              <Tiers tiers={tiers} />
            </select>
          </label>
          <button type="submit">Make a key</button>
        </div>
      </form>
    </Card>
  )
}
