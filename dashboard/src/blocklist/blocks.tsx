import { useState } from 'preact/hooks'
import { get, post, remove } from '../api'
import { Card } from '../parts/card'
import { Entries } from '../parts/entries'
import { count, fromNow } from '../text'
import { say, sayFailure } from '../toast'
import type { Block } from '../wire'

interface Props {
  changes: number
  onChange(): void
}

/** The blocks in force, or those that cover an address. */
export function Blocks({ changes, onChange }: Props) {
  const [ip, setIp] = useState('')
  const search = (
    <label class="inline">
      Is it covered?
      <input
        class="mono"
        type="search"
        placeholder="an address or network"
        onChange={(event) => setIp(event.currentTarget.value.trim())}
      />
    </label>
  )
  const unblock = async (block: Block) => {
    try {
      await remove(`blocks/${block.id}`)
      say({ text: `${block.ipAddress} is not blocked any more.`, undo: () => void again(block) })
    } catch (error) {
      sayFailure(error)
    }
    onChange()
  }
  const again = async ({ ipAddress, reason, expiresAt }: Block) => {
    const left = expiresAt && Math.ceil((Date.parse(expiresAt) - Date.now()) / 60_000)
    try {
      await post('blocks', { ipAddress, reason, force: true, ...(left && { for: `${left}m` }) })
      say({ text: `${ipAddress} is blocked again.` }, 4_000)
    } catch (error) {
      sayFailure(error)
    }
    onChange()
  }
  return (
    <Card title="Blocked" aside={search}>
      <Entries<Block>
        key={ip}
        changes={changes}
        ask={(cursor) => get('blocks', { ip: ip || undefined, cursor, limit: 50 })}
        columns={['network', 'why', 'by', 'refused', 'since', 'ends']}
        cells={(block) => [
          <span key="network" class="mono">
            {block.ipAddress}
          </span>,
          block.reason,
          block.source === 'import' ? `list ${block.sourceName}` : block.blockedBy,
          <Refused key="refused" block={block} />,
          fromNow(block.blockedAt),
          block.expiresAt ? fromNow(block.expiresAt) : 'never',
        ]}
        removeText="Unblock"
        onRemove={(block) => void unblock(block)}
        empty={ip ? `Nothing covers ${ip}: it is not blocked.` : 'Nobody is blocked.'}
      />
    </Card>
  )
}

/** How often it has refused somebody, and when last. */
function Refused({ block: { hits, lastHitAt } }: { block: Block }) {
  if (!lastHitAt) return <span class="muted">nobody yet</span>
  return (
    <>
      {count(hits)} <span class="muted">last {fromNow(lastHitAt)}</span>
    </>
  )
}
