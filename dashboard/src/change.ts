import { say, sayFailure } from './toast'

/** Does `work` and says so, or why not; then `afterwards`, for what is shown is old in either case. */
export async function change(
  work: () => Promise<unknown>,
  text: string,
  afterwards: () => void,
): Promise<void> {
  try {
    await work()
    say({ text }, 5_000)
  } catch (error) {
    sayFailure(error)
  }
  afterwards()
}
