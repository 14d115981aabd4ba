import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../net/address'
import type { Question, Reply } from './counter'
import { reservedPlace } from './place'
import { NOWHERE, type Place } from './source'

const DEFAULTS = {
  /** A place is not waited for longer; a batch that is being written takes some tens of them. */
  patienceMs: 100,
  /** Most questions on their way; beyond, nobody is asked. */
  most: 1_000,
}

/**
 * Places for those who answer requests: asks the thread that has the files in its memory, so that
 * they are in memory once, and that no request pays for reading them.
 */
export class Places {
  readonly #options: typeof DEFAULTS
  readonly #waiting = new Map<number, (place: Place) => void>()
  #port?: MessagePort
  #questions = 0

  constructor(options: Partial<typeof DEFAULTS> = {}) {
    this.#options = { ...DEFAULTS, ...options }
  }

  /** The port for a thread that answers from now on; the one before is not asked any more. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', ({ id, place }: Reply) => this.#waiting.get(id)?.(place))
    port1.unref()
    this.#port?.close()
    this.#port = port1
    return port2
  }

  /** The place of an address, as far as it can be told within `patienceMs`; never rejects. */
  async find(address: Address): Promise<Place> {
    const reserved = reservedPlace(address)
    if (reserved) return reserved
    if (!this.#port || this.#waiting.size >= this.#options.most) return NOWHERE
    return this.#ask(this.#port, address)
  }

  close(): void {
    this.#port?.close()
  }

  #ask(port: MessagePort, address: Address): Promise<Place> {
    const id = ++this.#questions
    return new Promise((resolve) => {
      const settle = (place: Place) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(place)
      }
      const timer = setTimeout(settle, this.#options.patienceMs, NOWHERE)
      this.#waiting.set(id, settle)
      port.postMessage({ id, address } satisfies Question)
    })
  }
}
