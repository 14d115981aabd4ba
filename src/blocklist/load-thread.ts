import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseConnection } from '../platform/database'
import { OwnConnection } from '../platform/own-connection'
import { loadList } from './load'
import type { SnapshotBuffers } from './snapshot'

// The thread that loads a long list, and is gone when it has given it away; `loader.ts` starts it.

/** What it gives away. */
export interface LoadedBuffers {
  buffers: SnapshotBuffers
  revision: number
}

async function main(): Promise<void> {
  const connection = new OwnConnection(workerData as DatabaseConnection)
  const { snapshot, revision } = await loadList(connection)
  await connection.close()

  const { buffers } = snapshot
  const { blocked, allowed, origins } = buffers
  parentPort!.postMessage({ buffers, revision } satisfies LoadedBuffers, [
    ...[blocked, allowed].flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6]),
    origins.texts.buffer,
    origins.ends.buffer,
  ])
}

// A rejection ends the thread with an 'error' event, which the other side waits for.
void main()
