import { signal } from '@preact/signals'

/** What the service tells may have changed; each count moves when it does. */
export const changed = { requests: signal(0), blocks: signal(0), findings: signal(0) }

/** Whether changes are told; while they are not, who wants to know has to ask again and again. */
export const isTold = signal(false)

/** Listens until the returned function is called; the browser connects again by itself. */
export function listen(): () => void {
  const source = new EventSource('api/live')
  let wasToldBefore = false
  source.addEventListener('open', () => {
    isTold.value = true
    // Nobody knows what happened while the connection was away.
    if (wasToldBefore) for (const count of Object.values(changed)) count.value++
    wasToldBefore = true
  })
  source.addEventListener('error', () => {
    isTold.value = false
  })
  for (const [name, count] of Object.entries(changed)) {
    source.addEventListener(name, () => void count.value++)
  }
  return () => {
    source.close()
    isTold.value = false
  }
}
