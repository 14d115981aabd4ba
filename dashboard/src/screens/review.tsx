import { useEffect, useState } from 'preact/hooks'
import { account, post } from '../api'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { Detail } from '../review/detail'
import { BlockFor, Bulk, DismissAs, Help } from '../review/dialogs'
import { type Key, keyOf } from '../review/keys'
import { QueueList } from '../review/list'
import {
  chosen,
  current,
  type Decision,
  decide,
  failure,
  findings,
  type Group,
  load,
  mark,
  marked,
  move,
  unmark,
} from '../review/queue'
import { linkTo } from '../route'
import { counted } from '../text'
import { say, sayFailure, toast } from '../toast'
import type { Finding } from '../wire'

type Open = { kind: 'help' | 'block' | 'dismiss' } | { kind: 'bulk'; group: Group }

/** What was flagged and waits for a person, the worst first. */
export function Review() {
  const [open, setOpen] = useState<Open | undefined>()
  useEffect(() => void load(), [])
  const close = () => setOpen(undefined)
  const act = (about: readonly Finding[], decision: Decision) => {
    close()
    void decide(about, decision)
  }
  const actions = {
    onBlock: () => act(chosen.value, { decision: 'block', for: '24h' }),
    onBlockFor: () => setOpen({ kind: 'block' }),
    onDismiss: () => act(chosen.value, { decision: 'dismiss' }),
    onDismissAs: () => setOpen({ kind: 'dismiss' }),
    onAllow: () => act(chosen.value, { decision: 'allow' }),
  }
  useKeys(actions, () => setOpen({ kind: 'help' }))

  const loaded = {
    value: findings.value,
    error: failure.value,
    loading: false,
    reload: () => void load(),
  }
  const about = chosen.value
  const decideChosen = (decision: Decision) => act(about, decision)
  return (
    <>
      <Await of={loaded}>
        {(all) =>
          all.length === 0 ? <NothingToReview /> : <Queue actions={actions} setOpen={setOpen} />
        }
      </Await>
      {open?.kind === 'help' && <Help onClose={close} />}
      {open?.kind === 'block' && <BlockFor about={about} onDecide={decideChosen} onClose={close} />}
      {open?.kind === 'dismiss' && (
        <DismissAs about={about} onDecide={decideChosen} onClose={close} />
      )}
      {open?.kind === 'bulk' && (
        <Bulk
          group={open.group}
          onDecide={act}
          onBlockNetwork={(network) => {
            close()
            void blockNetwork(network, open.group.title)
          }}
          onClose={close}
        />
      )}
    </>
  )
}

interface QueueProps {
  actions: Omit<Parameters<typeof Detail>[0], 'finding'>
  setOpen(open: Open): void
}

function Queue({ actions, setOpen }: QueueProps) {
  const help = (
    <button type="button" class="plain" onClick={() => setOpen({ kind: 'help' })}>
      Keys <kbd>?</kbd>
    </button>
  )
  const title =
    marked.value.size > 0 ? `${counted(marked.value.size, 'finding')} marked` : 'To review'
  return (
    <div class="review">
      <Card title={title} aside={help}>
        <QueueList onBulk={(group) => setOpen({ kind: 'bulk', group })} />
      </Card>
      {current.value && <Detail finding={current.value} {...actions} />}
    </div>
  )
}

function NothingToReview() {
  return (
    <Card title="To review">
      <p class="waiting">Nothing waits for you.</p>
      <p class="muted">
        Every closed hour is judged by itself. <a href={linkTo('detection')}>When it was last</a>
      </p>
    </Card>
  )
}

type Actions = QueueProps['actions']

function useKeys(actions: Actions, help: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const key = keyOf(event)
      if (!key) return
      event.preventDefault()
      press(key, actions, help)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [actions, help])
}

function press(key: Key, actions: Actions, help: () => void): void {
  const reads: Partial<Record<Key, () => void>> = {
    '?': help,
    J: () => move(1),
    K: () => move(-1),
    Esc: unmark,
  }
  const decides: Partial<Record<Key, () => void>> = {
    B: actions.onBlock,
    'Shift+B': actions.onBlockFor,
    D: actions.onDismiss,
    'Shift+D': actions.onDismissAs,
    A: actions.onAllow,
    X: () => current.value && mark([current.value.id]),
    U: () => toast.value?.undo?.(),
  }
  const mayDecide = account.value?.role !== 'viewer'
  const does = reads[key] ?? (mayDecide ? decides[key] : undefined)
  does?.()
}

/** Blocks a network as a person does; its findings stay, for they say what happened. */
async function blockNetwork(network: string, reason: string): Promise<void> {
  try {
    await post('blocks', { ipAddress: network, reason: `network of ${reason}`, for: '24h' })
    say({ text: `Blocked ${network} for 24h. It is on the blocklist.` })
  } catch (error) {
    sayFailure(error)
  }
}
