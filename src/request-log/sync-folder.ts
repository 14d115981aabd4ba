import { open } from 'node:fs/promises'

/** Forces the names in a folder to disk: without it a file may be there and cannot be found. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
