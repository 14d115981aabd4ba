import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { account, findSession, get, signOut, slow } from './api'
import { changed, listen } from './live'
import { useLoad } from './load'
import { Boundary } from './parts/boundary'
import { LookUp } from './parts/look-up'
import { ToastLine } from './parts/toast-line'
import { route } from './route'
import { AddressScreen } from './screens/address'
import { Blocklist } from './screens/blocklist'
import { Detection } from './screens/detection'
import { Overview } from './screens/overview'
import { Review } from './screens/review'
import { Settings } from './screens/settings'
import { SignIn } from './screens/sign-in'
import { sayFailure } from './toast'
import type { List } from './wire'

interface Screen {
  title: string
  component: ComponentType
  /** It is come to by looking somebody up. */
  isUnlinked?: boolean
}

const SCREENS: Record<string, Screen> = {
  overview: { title: 'Overview', component: Overview },
  review: { title: 'Review', component: Review },
  blocklist: { title: 'Blocklist', component: Blocklist },
  detection: { title: 'Detection', component: Detection },
  settings: { title: 'Settings', component: Settings },
  address: { title: 'Address', component: AddressScreen, isUnlinked: true },
}

const TO_REVIEW_EVERY_MS = 30_000

/** The whole page: the sign-in page, or the screen that the address names. */
export function App() {
  const [failure, setFailure] = useState<Error | undefined>()
  const find = () => {
    setFailure(undefined)
    findSession().catch(setFailure)
  }
  useEffect(find, [])

  if (account.value === undefined) {
    return failure ? <Unreachable error={failure} retry={find} /> : <p class="wait">Loading…</p>
  }
  return account.value === null ? <SignIn /> : <SignedIn />
}

function SignedIn() {
  const screen = SCREENS[route.value.screen] ?? SCREENS.overview!
  useEffect(listen, [])
  useEffect(() => {
    document.title = `${screen.title} · Portcullis`
  }, [screen])
  const Shown = screen.component
  return (
    <>
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to content
      </button>
      <header class="top">
        <p class="brand">Portcullis</p>
        <nav aria-label="Screens">
          {Object.entries(SCREENS)
            .filter(([, { isUnlinked }]) => !isUnlinked)
            .map(([name, { title, component }]) => (
              <a
                key={name}
                href={`#${name}`}
                aria-current={Shown === component ? 'page' : undefined}
              >
                {title}
                {name === 'review' && <ToReview />}
              </a>
            ))}
        </nav>
        <LookUp />
        <Person />
      </header>
      <main id="main" tabIndex={-1}>
        <h1 class="hidden">{screen.title}</h1>
        {slow.value > 0 && (
          <p class="slow" role="status">
            The database takes its time…
          </p>
        )}
        <Boundary key={route.value.screen}>
          <Shown />
        </Boundary>
      </main>
      <footer>
        IP geolocation by <a href="https://db-ip.com">DB-IP</a>, CC BY 4.0
      </footer>
      <ToastLine />
    </>
  )
}

/** Not a link: the fragment is the page's address, and a link into the page would leave the screen. */
function skipToMain() {
  document.getElementById('main')?.focus()
}

function ToReview() {
  const ask = () => get<List<object>>('suspicious', { status: 'open', limit: 100 })
  const { value } = useLoad('to review', ask, TO_REVIEW_EVERY_MS, changed.findings.value)
  if (!value || value.items.length === 0) return null
  const shown = value.next ? '99+' : value.items.length
  return (
    <span class="pill">
      {shown}
      <span class="hidden"> to review</span>
    </span>
  )
}

function Person() {
  const { email, role } = account.value!
  return (
    <details class="person">
      <summary aria-label={`Signed in as ${email}`}>{email.slice(0, 1).toUpperCase()}</summary>
      <div class="card menu">
        <p>
          {email}
          <br />
          <small class="muted">{role === 'viewer' ? 'may look, not change' : 'admin'}</small>
        </p>
        <button type="button" onClick={() => signOut().catch(sayFailure)}>
          Sign out
        </button>
      </div>
    </details>
  )
}

function Unreachable({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <main class="alone" id="main">
      <h1>Portcullis cannot answer</h1>
      <p role="alert">{error.message}</p>
      <p class="muted">
        Blocks stay in force meanwhile. <a href="../readyz?verbose">What is wrong</a>
      </p>
      <button type="button" class="main" onClick={retry}>
        Try again
      </button>
    </main>
  )
}
