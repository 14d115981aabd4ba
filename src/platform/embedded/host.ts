import { parentPort, workerData } from 'node:worker_threads'
import { ensureCluster } from './cluster'
import { Engine } from './engine'
import { Gateway } from './gateway'
import { Housekeeping } from './housekeeping'
import type { Place } from './place'

/** What the thread is given. */
export interface HostData extends Place {
  fsync: boolean
}

/** What the thread is told: to end, once its clients have left or `drainMs` are over. */
export interface HostCommand {
  closeAfterMs: number
}

/** What the thread tells. After `closed` and `failed` it ends. */
export type HostReport =
  | { ready: true }
  | { closed: true }
  | { warning: string }
  | { failed: string }

void host(workerData as HostData)

/** The thread that owns the embedded database: engine, gateway, housekeeping. */
async function host({ cluster, socket, vacuumed, fsync }: HostData): Promise<void> {
  let engine: Engine | undefined
  // Postgres ends by a call of exit, whatever the reason: all that can be done is to say which.
  process.on('exit', () => {
    if (engine?.lastError) report({ failed: engine.lastError })
  })

  await ensureCluster(cluster)
  engine = await Engine.open(cluster, { fsync, onPanic: () => process.exit(1) })
  const gateway = new Gateway(engine)
  const housekeeping = new Housekeeping(gateway, vacuumed, (error) => {
    report({ warning: String(error) })
  })
  await gateway.listen(socket)

  parentPort!.on('message', async ({ closeAfterMs }: HostCommand) => {
    housekeeping.stop()
    await gateway.close(closeAfterMs)
    await gateway.run('checkpoint')
    await engine.close()
    report({ closed: true })
    parentPort!.close()
  })
  report({ ready: true })
}

function report(word: HostReport): void {
  parentPort!.postMessage(word)
}
