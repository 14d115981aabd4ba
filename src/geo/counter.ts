import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../net/address'
import type { Locator } from './locator'
import { NOWHERE, type Place } from './source'

/** What the request thread asks of the thread that has the locator. */
export interface Question {
  readonly id: number
  readonly address: Address
}

/** What it hears. */
export interface Reply {
  readonly id: number
  readonly place: Place
}

/** Answers the questions that `Places` sends through the other end of `port`. */
export function answerQuestions(port: MessagePort, locator: Pick<Locator, 'findAll'>): void {
  async function answer({ id, address }: Question): Promise<void> {
    const places = await locator.findAll([address])
    port.postMessage({ id, place: places.get(address) ?? NOWHERE } satisfies Reply)
  }

  port.on('message', (question: Question) => void answer(question))
  port.unref()
}
