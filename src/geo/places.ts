import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../net/address'
import type { Bus } from '../platform/bus'
import type { Question, Reply } from './counter'
import { reservedPlace } from './place'
import { NOWHERE, type Place } from './source'

const DEFAULTS = {
  /** A place is not waited for longer; a batch that is being written takes some tens of them. */
  patienceMs: 100,
  /** Redis may have to be told. */
  forgetMs: 1_000,
  /** Most questions on their way; beyond, nobody is asked. */
  most: 1_000,
}

const TOPIC = 'places'

/**
 * Places for those who answer requests: asks the thread that has the files in its memory, so that
 * they are in memory once, and that no request pays for reading them.
 */
export class Places {
  readonly #bus: Pick<Bus, 'publish' | 'subscribe'>
  readonly #options: typeof DEFAULTS
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>()
  #port?: MessagePort
  #questions = 0

  constructor(bus: Pick<Bus, 'publish' | 'subscribe'>, options: Partial<typeof DEFAULTS> = {}) {
    this.#bus = bus
    this.#options = { ...DEFAULTS, ...options }
    bus.subscribe(TOPIC, () => this.#send({ forgetAll: true }))
  }

  /** The port for a thread that answers from now on; the one before is not asked any more. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (reply: Reply) => this.#waiting.get(reply.id)?.(reply))
    port1.unref()
    this.#port?.close()
    this.#port = port1
    return port2
  }

  /** The place of an address, as far as it can be told within `patienceMs`; never rejects. */
  async find(address: Address): Promise<Place> {
    const reserved = reservedPlace(address)
    if (reserved) return reserved
    const reply = await this.#ask({ find: address }, this.#options.patienceMs)
    return reply && 'place' in reply ? reply.place : NOWHERE
  }

  /**
   * Forgets what is remembered of one address, in Redis and in every instance: these empty their
   * memory, so that no notice has to carry the address. False when it may still be in Redis, until
   * its time there ends.
   */
  async forget(address: Address): Promise<boolean> {
    const reply = await this.#ask({ forget: address }, this.#options.forgetMs)
    await this.#bus.publish(TOPIC)
    return reply !== undefined && 'forgotten' in reply && reply.forgotten
  }

  close(): void {
    this.#port?.close()
  }

  #ask(
    question: { find: Address } | { forget: Address },
    withinMs: number,
  ): Promise<Reply | undefined> {
    if (!this.#port || this.#waiting.size >= this.#options.most) return Promise.resolve(undefined)
    const id = ++this.#questions
    return new Promise((resolve) => {
      const settle = (reply: Reply | undefined) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(reply)
      }
      const timer = setTimeout(settle, withinMs, undefined)
      this.#waiting.set(id, settle)
      this.#send({ id, ...question })
    })
  }

  #send(question: Question): void {
    this.#port?.postMessage(question)
  }
}
