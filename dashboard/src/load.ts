import { useEffect, useRef, useState } from 'preact/hooks'

/** What was asked for: the last answer, and what went wrong since. */
export interface Loaded<Value> {
  value: Value | undefined
  error: Error | undefined
  loading: boolean
  reload(): void
}

/**
 * Asks when first shown and whenever `key` changes; with `everyMs` again and again while the page
 * is visible, and when `changes` moves. The last answer stays until the next is there, so that nothing flickers.
 */
export function useLoad<Value>(
  key: string,
  ask: () => Promise<Value>,
  everyMs?: number,
  changes?: number,
): Loaded<Value> {
  const [state, setState] = useState<Omit<Loaded<Value>, 'reload'> & { key?: string }>({
    value: undefined,
    error: undefined,
    loading: true,
  })
  const latest = useRef(0)
  const reload = async () => {
    const turn = ++latest.current
    setState((before) => ({ ...before, loading: true }))
    try {
      const value = await ask()
      if (turn === latest.current) setState({ value, error: undefined, loading: false })
    } catch (error) {
      if (turn !== latest.current) return
      setState((before) => ({ ...before, error: error as Error, loading: false }))
    }
  }
  useEffect(() => {
    void reload()
    if (!everyMs) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) void reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [key, everyMs])
  const isFirst = useRef(true)
  useEffect(() => {
    if (!isFirst.current && !document.hidden) void reload()
    isFirst.current = false
  }, [changes])
  // An answer that comes after the screen has gone is nobody's.
  useEffect(() => () => void latest.current++, [])
  return { ...state, reload: () => void reload() }
}
