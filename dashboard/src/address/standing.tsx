import { account, post, remove } from '../api'
import { change as changeAndSay } from '../change'
import { Card } from '../parts/card'
import { linkTo } from '../route'
import { fromNow } from '../text'
import type { Described } from '../wire'

/** What holds for the address now, how it came to that, and what one can do. */
export function Standing({ known, onChange }: { known: Described; onChange(): void }) {
  const { ipAddress, blocks, allowed, history } = known
  const change = (work: () => Promise<unknown>, text: string) => {
    return changeAndSay(work, text, onChange)
  }
  return (
    <Card title="What holds for it now">
      {blocks.length + allowed.length === 0 && <p>It is neither blocked nor allowed.</p>}
      {allowed.map(({ id, ipAddress: network, reason }) => (
        <p key={id}>
          <b>Never blocked</b>, by {network}: {reason}
        </p>
      ))}
      {blocks.map(({ id, ipAddress: network, reason, expiresAt }) => (
        <p key={id}>
          <b>Blocked</b> by {network}, {expiresAt ? `ends ${fromNow(expiresAt)}` : 'without an end'}
          : {reason}
        </p>
      ))}
      {account.value?.role === 'admin' && (
        <div class="actions">
          <button
            type="button"
            class="bad"
            onClick={() =>
              void change(
                () => post('blocks', { ipAddress, for: '24h' }),
                `Blocked ${ipAddress} for 24h.`,
              )
            }
          >
            Block 24 h
          </button>
          <a class="button" href={linkTo('blocklist', { block: ipAddress })}>
            Block…
          </a>
          {blocks
            .filter((block) => block.ipAddress === ipAddress)
            .map(({ id }) => (
              <button
                key={id}
                type="button"
                onClick={() => void change(() => remove(`blocks/${id}`), `Unblocked ${ipAddress}.`)}
              >
                Unblock
              </button>
            ))}
          {allowed.length === 0 && (
            <button
              type="button"
              class="ok"
              onClick={() =>
                void change(() => post('allowed', { ipAddress }), `${ipAddress} is never blocked.`)
              }
            >
              Allow
            </button>
          )}
        </div>
      )}
      {history.length > 0 && (
        <>
          <h3>History</h3>
          <ol class="history">
            {history.map(({ at, actor, action, ipAddress: subject }) => (
              <li key={`${at} ${action}`}>
                <time dateTime={at} title={at}>
                  {fromNow(at)}
                </time>{' '}
                {action} {subject !== ipAddress && subject} <span class="muted">by {actor}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  )
}
