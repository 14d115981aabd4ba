import type { ComponentChildren } from 'preact'

interface Props {
  title: string
  /** Beside the title. */
  aside?: ComponentChildren
  class?: string
  children: ComponentChildren
}

/** A part of a screen with a heading. */
export function Card({ title, aside, class: name = '', children }: Props) {
  return (
    <section class={`card ${name}`}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
