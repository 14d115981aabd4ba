/**
 * The processor time in milliseconds that this process spends while `work` is done. Unlike the time
 * on the clock it says how much work that is, and not how busy the machine is with others.
 */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
