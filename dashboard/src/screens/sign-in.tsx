import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Problem, setUp, signIn } from '../api'
import { go, linkTo, route } from '../route'

/** What the link of the first start begins with; behind it stands the token, valid once. */
const SETUP = 'setup='

/**
 * Asks who is there, or, by the link of the first start, who is to be the first. The way of the
 * service against guessing is told as it is: wait so long.
 */
export function SignIn() {
  const [failure, setFailure] = useState<string | undefined>()
  const [busy, setBusy] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  const { screen } = route.value
  const token = screen.startsWith(SETUP) ? screen.slice(SETUP.length) : undefined
  // Before anybody can type: a focus that comes later would take the password into the other field.
  useLayoutEffect(() => {
    document.title = 'Sign in · Portcullis'
    first.current?.focus()
  }, [])

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    setFailure(undefined)
    try {
      const [email, password] = [String(given.get('email')), String(given.get('password'))]
      if (token === undefined) await signIn(email, password)
      else {
        await setUp(token, email, password)
        go(linkTo('overview'))
      }
    } catch (error) {
      setFailure(explain(error as Error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="alone" id="main">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <h1>{token === undefined ? 'Portcullis' : 'The first account'}</h1>
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
            autocomplete={token === undefined ? 'current-password' : 'new-password'}
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
          {busy ? 'One moment…' : token === undefined ? 'Sign in' : 'Make the account'}
        </button>
        {token === undefined && <NoAccount />}
      </form>
    </main>
  )
}

function NoAccount() {
  return (
    <details>
      <summary>No account yet?</summary>
      <p>On the machine of the service, in its folder:</p>
      <pre>npx ts-node scripts/create-admin.ts you@example.org</pre>
    </details>
  )
}

function explain(error: Error): string {
  if (!(error instanceof Problem) || error.status !== 429) return error.message
  const { retryAfter } = error
  return retryAfter ? `${error.message} Try again in ${retryAfter} seconds.` : error.message
}
