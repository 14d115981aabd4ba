import { signal } from '@preact/signals'

/** What was just done, and for some seconds how to undo it. */
export interface Toast {
  text: string
  isFailure?: boolean
  undo?: () => void
}

export const toast = signal<Toast | undefined>(undefined)

/** How long something that was done can be undone. */
export const UNDO_MS = 10_000

let timer: number | undefined

export function say(said: Toast, forMs = UNDO_MS): void {
  clearTimeout(timer)
  toast.value = said
  timer = setTimeout(() => {
    toast.value = undefined
  }, forMs)
}

export function sayFailure(error: unknown): void {
  say({ text: (error as Error).message, isFailure: true })
}
