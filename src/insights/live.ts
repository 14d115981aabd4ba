import { PassThrough } from 'node:stream'

/** What may have changed; whoever hears it asks for it. */
export const LIVE_EVENTS = ['requests', 'blocks', 'findings'] as const
export type LiveEvent = (typeof LIVE_EVENTS)[number]

/** At most one event of a kind in such a time, however much happens. */
const TICK_MS = 1_000
/** Sent when nothing happens, so that no proxy takes the silence for an end. */
const HEARTBEAT_TICKS = 15
/** A stream ends then, and the browser comes back: with a session that has ended it may not. */
const LONGEST_MS = 10 * 60_000
/** Most streams at once. */
const MOST_STREAMS = 100
/** A reader that takes nothing while so much waits is gone. */
const MOST_BYTES = 64 * 1024

interface Parts {
  /** Moves when requests were written. */
  written(): number
}

/**
 * Tells open pages that something has changed, as server-sent events (HTML standard, section 9.2).
 * A hint without contents: what changed is asked for by the routes that know it, with their guards.
 */
export class Live {
  readonly #written: () => number
  readonly #streams = new Set<PassThrough>()
  readonly #changed = new Set<LiveEvent>()
  #timer?: NodeJS.Timeout
  #lastWritten = 0
  #ticks = 0

  constructor({ written }: Parts) {
    this.#written = written
  }

  /** Notes that something has changed. */
  note(event: LiveEvent): void {
    if (this.#streams.size > 0) this.#changed.add(event)
  }

  /** A stream of events for one page; undefined when there are too many. */
  open(): PassThrough | undefined {
    if (this.#streams.size >= MOST_STREAMS) return undefined
    const stream = new PassThrough()
    const end = setTimeout(() => stream.end(), LONGEST_MS).unref()
    stream.on('close', () => {
      clearTimeout(end)
      this.#streams.delete(stream)
      if (this.#streams.size === 0) this.#rest()
    })
    stream.write('retry: 3000\n\n')
    this.#streams.add(stream)
    if (!this.#timer) {
      this.#lastWritten = this.#written()
      this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
    }
    return stream
  }

  /** Ends all streams, so that the server need not wait for them. */
  stop(): void {
    for (const stream of this.#streams) stream.end()
    this.#rest()
  }

  #tick(): void {
    const written = this.#written()
    if (written !== this.#lastWritten) this.#changed.add('requests')
    this.#lastWritten = written
    this.#ticks++

    const lines = [...this.#changed].map((event) => `event: ${event}\ndata: {}\n\n`)
    this.#changed.clear()
    if (lines.length === 0 && this.#ticks % HEARTBEAT_TICKS === 0) lines.push(': still here\n\n')
    if (lines.length > 0) this.#send(lines.join(''))
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > MOST_BYTES) stream.destroy()
      else stream.write(text)
    }
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#changed.clear()
  }
}
