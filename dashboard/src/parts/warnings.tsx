import { get } from '../api'
import { useLoad } from '../load'

interface Warning {
  code: string
  summary: string
  detail: string
  settings: string[] | string
}

/** What keeps the service from telling clients apart, and which setting mends it. */
export function Warnings() {
  const { value } = useLoad('warnings', () => get<{ warnings: Warning[] }>('doctor'))
  return (
    <>
      {value?.warnings.map(({ code, summary, detail, settings }) => (
        <details key={code} class="card warning">
          <summary>{summary}</summary>
          <p>{detail}</p>
          <p class="mono">{[settings].flat().join(' ')}</p>
        </details>
      ))}
    </>
  )
}
