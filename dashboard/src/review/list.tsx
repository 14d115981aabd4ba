import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get } from '../api'
import { Spark } from '../parts/spark'
import { atHour, counted, countryName } from '../text'
import type { Finding } from '../wire'
import {
  campaigns,
  current,
  findingKey,
  findings,
  fold,
  type Group,
  groups,
  loadMore,
  mark,
  marked,
  more,
  select,
  unfolded,
} from './queue'

const activity = signal<Record<number, number[]>>({})

/** The queue: groups with the worst first, and in each its findings. */
export function QueueList({ onBulk }: { onBulk(group: Group): void }) {
  useEffect(() => void loadActivity(), [findings.value])
  return (
    <>
      <Bulks onBulk={onBulk} />
      <div
        class="queue"
        role="listbox"
        aria-label="Findings to review"
        aria-multiselectable="true"
        tabIndex={0}
        aria-activedescendant={current.value?.key}
      >
        {groups.value.map((group) =>
          group.findings.length === 1 && !group.campaign ? (
            <Item key={group.key} finding={group.findings[0]!} />
          ) : (
            // biome-ignore lint/a11y/useSemanticElements: a list box holds groups, and no field sets
            <div key={group.key} role="group" class="group" aria-label={group.title}>
              {group.campaign && <Head group={group} />}
              {(!group.campaign || unfolded.value.has(group.key)) &&
                group.findings.map((finding) => <Item key={finding.id} finding={finding} />)}
            </div>
          ),
        )}
      </div>
      {more.value && (
        <p>
          <button type="button" onClick={() => void loadMore()}>
            More findings
          </button>
        </p>
      )}
    </>
  )
}

/** Networks to decide about as one; beside the list box, which may hold nothing but options. */
function Bulks({ onBulk }: { onBulk(group: Group): void }) {
  const shown = groups.value.filter(({ campaign, findings: of }) => !campaign && of.length > 1)
  if (shown.length === 0) return null
  return (
    <details class="bulks">
      <summary>{counted(shown.length, 'network')} to decide about as one</summary>
      <ul>
        {shown.map((group) => (
          <li key={group.key}>
            <button type="button" onClick={() => onBulk(group)}>
              {group.title}: {counted(group.findings.length, 'finding')}…
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** A campaign in one line; what is decided about it is decided about all of it. */
function Head({ group }: { group: Group }) {
  const { key, title, campaign, findings: inside } = group
  const { element, isCurrent } = useCurrent(key)
  const known = campaigns.value.find(({ id }) => id === campaign)
  const severity = known?.severity ?? inside[0]?.severity ?? 'info'
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the whole screen (keys.ts)
    // biome-ignore lint/a11y/useFocusableInteractive: the list box has the focus, and names this one
    <div
      ref={element}
      id={key}
      class={`item head ${isCurrent ? 'current' : ''}`}
      role="option"
      aria-selected={isCurrent}
      onClick={() => (isCurrent ? fold() : select(key))}
    >
      <span class="mark" aria-hidden="true">
        {unfolded.value.has(key) ? '▾' : '▸'}
      </span>
      <span class={`score ${severity}`}>{severity}</span>
      <span class="title">{title}</span>
      <span class="why muted">
        Campaign{known && ` · last seen ${atHour(known.lastSeen)}`} ·{' '}
        {inside.length === 0
          ? 'none of its findings among these'
          : counted(inside.length, 'finding')}
      </span>
    </div>
  )
}

/** Whether this line is the current one, and then kept in sight. */
function useCurrent(key: string) {
  const element = useRef<HTMLDivElement>(null)
  const isCurrent = current.value?.key === key
  useEffect(() => {
    if (isCurrent) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isCurrent])
  return { element, isCurrent }
}

function Item({ finding }: { finding: Finding }) {
  const { id, ipAddress, risk, severity, reason, country, window } = finding
  const { element, isCurrent } = useCurrent(findingKey(id))
  const isMarked = marked.value.has(id)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the whole screen (keys.ts)
    // biome-ignore lint/a11y/useFocusableInteractive: the list box has the focus, and names this one
    <div
      ref={element}
      id={findingKey(id)}
      class={`item ${isCurrent ? 'current' : ''}`}
      role="option"
      aria-selected={isCurrent || isMarked}
      onClick={(event) => (event.shiftKey ? mark([id]) : select(findingKey(id)))}
    >
      <span class="mark" aria-hidden="true">
        {isMarked ? '☑' : ''}
      </span>
      <Score risk={risk} severity={severity} />
      <span class="mono ip">{ipAddress}</span>
      <span class="why muted">
        {atHour(window)} · {country && `${countryName(country)} · `}
        {reason}
      </span>
      <Spark values={activity.value[id]} />
    </div>
  )
}

/** The risk as a number of a hundred, and its severity. */
export function Score({ risk, severity }: Pick<Finding, 'risk' | 'severity'>) {
  return (
    <span class={`score ${severity}`} title={`${severity} severity`}>
      {Math.round(risk * 100)}
      <span class="hidden"> of 100, {severity}</span>
    </span>
  )
}

/** The sparklines of what is in the queue and has none yet; without them the rest works. */
async function loadActivity(): Promise<void> {
  const missing = (findings.value ?? []).filter(({ id }) => !activity.value[id]).slice(0, 100)
  if (missing.length === 0) return
  try {
    const ids = missing.map(({ id }) => id).join(',')
    const { items } = await get<{ items: Record<number, number[]> }>('activity', { findings: ids })
    activity.value = { ...activity.value, ...items }
  } catch {
    // Said by the requests that matter.
  }
}
