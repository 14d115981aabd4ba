import type { Instance } from '../support/instance'

/** A request, and what its answer has to be. */
export interface Question {
  path: string
  headers: Record<string, string>
  json?: unknown
  expect: number
  /** Found in the answer's body. */
  contains?: string
  /** Also right, but not what is judged: it is left out of the times. */
  before?: number[]
}

export interface Answer {
  name: string
  status: number
  ms: number
  /** When it was asked, on the clock of `performance`. */
  atMs: number
  /** Whether its time counts. */
  counts: boolean
  wrong: boolean
}

export interface Times {
  count: number
  median: number
  p99: number
  worst: number
  /** Share of all that took longer than 250 ms. */
  above250: number
}

/** Asks an instance every question, one after the other. */
export async function probe(
  { url }: Pick<Instance, 'url'>,
  questions: Record<string, Question>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const [name, question] of Object.entries(questions)) {
    const { path, headers, json, before = [] } = question
    const atMs = performance.now()
    const response = await fetch(url + path, {
      headers: json ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    })
    const text = await response.text()
    const { status } = response
    const isRight = status === question.expect && text.includes(question.contains ?? '')
    const counts = !before.includes(status)
    const ms = performance.now() - atMs
    answers.push({ name, status, ms, atMs, counts, wrong: counts && !isRight })
  }
  return answers
}

export function timesOf(answers: Answer[]): Times {
  const times = answers.filter(({ counts }) => counts).map(({ ms }) => ms)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0
  return {
    count: times.length,
    median: at(0.5),
    p99: at(0.99),
    worst: at(1),
    above250: times.filter((ms) => ms > 250).length / Math.max(times.length, 1),
  }
}

export function describeTimes({ count, median, p99, worst }: Times): string {
  const ms = (time: number) => `${time.toFixed(1)} ms`
  return `${count} answers, median ${ms(median)}, p99 ${ms(p99)}, worst ${ms(worst)}`
}
