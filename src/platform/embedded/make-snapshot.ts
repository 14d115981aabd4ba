import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { makeCluster } from './cluster'
import { snapshotFile, writeSnapshot } from './snapshot'

/** Run by the build: makes the snapshot from which a first start takes its database. */
async function makeSnapshot(): Promise<void> {
  const file = snapshotFile()
  if (fs.existsSync(file)) return

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-'))
  try {
    const cluster = path.join(folder, 'cluster')
    await makeCluster(cluster)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    writeSnapshot(cluster, file)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

makeSnapshot().catch((error: unknown) => {
  // The service works without it, so the build goes on.
  console.warn('No snapshot of the embedded database; the first start will take longer.', error)
})
