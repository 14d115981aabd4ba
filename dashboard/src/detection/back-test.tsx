import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { account, get, post } from '../api'
import { Card } from '../parts/card'
import { Chart } from '../parts/chart'
import { Score } from '../review/list'
import { linkTo } from '../route'
import { atHour, counted } from '../text'
import { sayFailure } from '../toast'
import type { BackTest, TrialFlags } from '../wire'

const ASK_AGAIN_MS = 2_000

/** What other thresholds would have flagged in the last days, before anybody changes a setting. */
export function BackTestCard() {
  const [test, setTest] = useState<BackTest | undefined>()
  const isGone = useRef(false)
  useEffect(() => {
    return () => {
      isGone.current = true
    }
  }, [])
  if (account.value?.role === 'viewer') return null
  const isRunning = test?.state === 'running'

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(fields.get(name) ?? '').trim()
    const number = (name: string) => (text(name) === '' ? undefined : Number(text(name)))
    const trial = {
      days: Number(text('days')),
      maxRequestsPerHour: number('maxRequestsPerHour'),
      threshold: number('threshold'),
      severity: text('severity') || undefined,
    }
    try {
      let told = await post<BackTest>('detection/backtest', trial)
      setTest(told)
      while (told.state === 'running') {
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
        // Nobody waits for it any more.
        if (isGone.current) return
        told = await get<BackTest>('detection/backtest')
        setTest(told)
      }
      if (told.error) sayFailure(new Error(told.error))
    } catch (error) {
      sayFailure(error)
      setTest(undefined)
    }
  }
  return (
    <Card title="What would other thresholds have flagged?">
      <form onSubmit={(event) => void submit(event)}>
        <div class="row">
          <label>
            In the last days
            <input name="days" type="number" min={1} max={30} value={7} required />
          </label>
          <label>
            MAX_REQUESTS_PER_HOUR
            <input name="maxRequestsPerHour" type="number" min={1} placeholder="as it is" />
          </label>
          <label>
            Risk of at least
            <input name="threshold" type="number" min={0} max={1} step={0.01} placeholder="any" />
          </label>
          <label>
            Severity of at least
            <select name="severity">
              <option value="">any</option>
              <option>low</option>
              <option>medium</option>
              <option>high</option>
            </select>
          </label>
          <button type="submit" disabled={isRunning}>
            Try
          </button>
        </div>
      </form>
      <div role="status">
        {isRunning && (
          <p>
            Judging: {test.progress.hours} of {counted(test.progress.of, 'hour')}…
          </p>
        )}
        {test?.result && <Result test={test} />}
      </div>
    </Card>
  )
}

function Result({ test }: { test: BackTest }) {
  const { hours, flagged, reviewed, byHour, added, lost } = test.result!
  const of = [
    reviewed.dismissed > 0 && `${reviewed.dismissed} were dismissed`,
    reviewed.confirmed > 0 && `${reviewed.confirmed} confirmed`,
  ].filter(Boolean)
  return (
    <>
      <p>
        In {counted(hours, 'hour')} this setting would have flagged <b>{flagged.after}</b>
        {of.length > 0 && `, of which ${of.join(' and ')}`}; {flagged.before} were flagged. That is{' '}
        {told(added)} more and {told(lost)} less.
      </p>
      <Overlay byHour={byHour} />
      <Flags title="More" flags={added} />
      <Flags title="Less" flags={lost} />
    </>
  )
}

/** The runs as they were, and over them what this setting would have made of them. */
function Overlay({ byHour }: { byHour: NonNullable<BackTest['result']>['byHour'] }) {
  const { times, lines } = useMemo(() => {
    const line = (label: string, color: string, of: (hour: (typeof byHour)[number]) => number) => ({
      label,
      color,
      values: byHour.map(of),
    })
    return {
      times: byHour.map(({ hour }) => Date.parse(hour) / 1_000),
      lines: [
        line('flagged', '--muted', ({ before }) => before),
        line('with this setting', '--accent', ({ after }) => after),
      ],
    }
  }, [byHour])
  // One hour makes no line, and is told above.
  if (byHour.length < 2) return null
  return <Chart times={times} lines={lines} label="Flagged per hour, as it was and as tried" />
}

function told({ total, dismissed, confirmed }: TrialFlags): string {
  const known = [
    dismissed > 0 && `${dismissed} dismissed by people`,
    confirmed > 0 && `${confirmed} confirmed`,
  ].filter(Boolean)
  return `${total}${known.length > 0 ? ` (${known.join(', ')})` : ''}`
}

function Flags({ title, flags }: { title: string; flags: TrialFlags }) {
  if (flags.items.length === 0) return null
  return (
    <details>
      <summary>
        {title}: {flags.total}
      </summary>
      <ul class="flags">
        {flags.items.map(({ address, window, risk, severity, reason }) => (
          <li key={`${address} ${window}`}>
            <Score risk={risk} severity={severity} />{' '}
            <a class="mono" href={linkTo('address', { ip: address })}>
              {address}
            </a>{' '}
            {atHour(window)} <span class="muted">{reason}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
