import {
  chips,
  isFixed,
  leavesOut,
  linkToLeaveOut,
  RANGES,
  rangeName,
  span,
  WITHOUT,
} from '../filters'
import { linkWith } from '../route'
import { atDay } from '../text'

/** The span, the filters in force, and what is left out; all of it in the address. */
export function FilterBar() {
  const { from, to } = span()
  return (
    <div class="filters">
      <nav class="ranges" aria-label="Span">
        {Object.entries(RANGES).map(([name, { label }]) => (
          <a
            key={name}
            href={linkWith({ range: name, from: undefined, to: undefined })}
            aria-current={!isFixed() && rangeName() === name ? 'true' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {isFixed() && (
        <a class="chip" href={linkWith({ from: undefined, to: undefined })}>
          {atDay(from)} – {atDay(to)} <Cross what="this span" />
        </a>
      )}
      {chips().map(({ text, link }) => (
        <a key={text} class="chip" href={link} title={text}>
          <span>{text}</span> <Cross what="this filter" />
        </a>
      ))}
      <span class="leave-out">
        {Object.entries(WITHOUT).map(([what, name]) => (
          <a key={what} class="toggle" href={linkToLeaveOut(what)}>
            {leavesOut(what) ? `Take in ${name}` : `Leave out ${name}`}
          </a>
        ))}
      </span>
    </div>
  )
}

function Cross({ what }: { what: string }) {
  return (
    <>
      <span aria-hidden="true">×</span>
      <span class="hidden">(take {what} away)</span>
    </>
  )
}
