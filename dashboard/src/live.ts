import { signal } from '@preact/signals'
import { account, findSession } from './api'

/** What the service tells may have changed; each count moves when it does. */
export const changed = { requests: signal(0), blocks: signal(0), findings: signal(0) }

/** Whether changes are told; while they are not, who wants to know has to ask again and again. */
export const isTold = signal(false)

/** After what ends the attempts of the browser it is tried again after such a time. */
const AGAIN_MS = 3_000

/** Listens until the returned function is called. */
export function listen(): () => void {
  let source: EventSource
  let timer: number | undefined
  let wasToldBefore = false
  let isOver = false
  const connect = () => {
    source = new EventSource('api/live')
    source.addEventListener('open', () => {
      isTold.value = true
      // Nobody knows what happened while the connection was away.
      if (wasToldBefore) for (const count of Object.values(changed)) count.value++
      wasToldBefore = true
    })
    source.addEventListener('error', () => {
      isTold.value = false
      // A connection that is lost the browser makes again by itself; after an answer that is none,
      // such as the 503 of a service whose database is away, it gives up.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(tryAgain, AGAIN_MS)
    })
    for (const [name, count] of Object.entries(changed)) {
      source.addEventListener(name, () => void count.value++)
    }
  }
  /** Unless nobody is signed in any more: whoever knocks at this door for hours looks like an attacker. */
  const tryAgain = async () => {
    await findSession().catch(() => {}) // It cannot be told now.
    if (!isOver && account.value) connect()
  }
  connect()
  return () => {
    isOver = true
    clearTimeout(timer)
    source.close()
    isTold.value = false
  }
}
