import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../net/address'
import type { Locator } from './locator'
import { NOWHERE, type Place } from './source'

/** What the request thread asks of the thread that has the locator. */
export type Question =
  | { id: number; find: Address }
  | { id: number; forget: Address }
  | { forgetAll: true }

/** What it hears: a place, or whether something is forgotten everywhere it was kept. */
export type Reply = { id: number; place: Place } | { id: number; forgotten: boolean }

/** Answers the questions that `Places` sends through the other end of `port`. */
export function answerQuestions(
  port: MessagePort,
  locator: Pick<Locator, 'findAll' | 'forget' | 'forgetAll'>,
): void {
  const reply = (reply: Reply) => port.postMessage(reply)

  async function answer(question: Question): Promise<void> {
    if ('forgetAll' in question) return locator.forgetAll()
    const { id } = question
    if ('forget' in question) {
      return reply({ id, forgotten: await locator.forget(question.forget) })
    }
    const places = await locator.findAll([question.find])
    reply({ id, place: places.get(question.find) ?? NOWHERE })
  }

  port.on('message', (question: Question) => void answer(question))
  port.unref()
}
