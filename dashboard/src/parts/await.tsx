import type { ComponentChildren } from 'preact'
import { Problem } from '../api'
import type { Loaded } from '../load'

interface Props<Value> {
  of: Loaded<Value>
  children: (value: Value) => ComponentChildren
}

/**
 * Shows what was loaded; before that, that it is on its way, and when it failed, why and how to go
 * on. What was shown before stays, with a line that says so.
 */
export function Await<Value>({ of, children }: Props<Value>) {
  const { value, error, reload } = of
  if (value === undefined) {
    return error ? <Failure error={error} retry={reload} /> : <p class="wait">Loading…</p>
  }
  return (
    <>
      {error && <Failure error={error} retry={reload} />}
      {children(value)}
    </>
  )
}

function Failure({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof Problem && error.status === 401) return null
  const isAway = error instanceof Problem && (error.status === 503 || error.status === 0)
  return (
    <div class="failure" role="alert">
      <p>
        {error.message} {isAway && 'What is blocked stays blocked meanwhile.'}
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}
