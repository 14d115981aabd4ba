import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'

/** What fails to be drawn is said, and the rest of the page works on. */
export function Boundary({ children }: { children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary()
  if (!error) return <>{children}</>
  return (
    <div class="failure" role="alert">
      <p>This screen cannot be drawn: {String(error.message ?? error)}</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </div>
  )
}
