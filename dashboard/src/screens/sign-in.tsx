import { useEffect, useRef, useState } from 'preact/hooks'
import { Problem, signIn } from '../api'

/** Asks who is there. The way of the service against guessing is told as it is: wait so long. */
export function SignIn() {
  const [failure, setFailure] = useState<string | undefined>()
  const [busy, setBusy] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => {
    document.title = 'Sign in · Portcullis'
    first.current?.focus()
  }, [])

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    setFailure(undefined)
    try {
      await signIn(String(given.get('email')), String(given.get('password')))
    } catch (error) {
      setFailure(explain(error as Error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="alone" id="main">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <h1>Portcullis</h1>
        <label>
          E-mail address
          <input
            ref={first}
            name="email"
            type="email"
            autocomplete="username"
            required
            maxLength={254}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={1024}
          />
        </label>
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <details>
          <summary>No account yet?</summary>
          <p>On the machine of the service, in its folder:</p>
          <pre>npx ts-node scripts/create-admin.ts you@example.org</pre>
        </details>
      </form>
    </main>
  )
}

function explain(error: Error): string {
  if (!(error instanceof Problem) || error.status !== 429) return error.message
  const { retryAfter } = error
  return retryAfter ? `${error.message} Try again in ${retryAfter} seconds.` : error.message
}
