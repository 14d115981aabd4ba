import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The kernel takes no more bytes as a socket's path: 108 on Linux, 104 elsewhere, with a NUL. */
const MAX_SOCKET_PATH_BYTES = 100

/** Where the parts of an embedded database lie. */
export interface Place {
  /** The folder of Postgres' files. */
  cluster: string
  /** Held by the process that has the cluster open. */
  lock: string
  /** Its time is that of the last VACUUM. */
  vacuumed: string
  /** The Unix socket of the gateway, named as Postgres clients expect it. */
  socket: string
  url: string
}

/**
 * Makes `<dataDir>/database`, for this user only, and says where in it things lie.
 *
 * The socket lies there too, unless the path is too long for one: then in a private folder of the
 * same name for all who open this database, among the system's temporary files.
 */
export function preparePlace(dataDir: string): Place {
  const given = path.resolve(dataDir, 'database')
  fs.mkdirSync(given, { recursive: true, mode: 0o700 })
  fs.chmodSync(given, 0o700)
  const folder = fs.realpathSync(given)

  const beside = socketIn(folder)
  const fits = Buffer.byteLength(beside) <= MAX_SOCKET_PATH_BYTES
  const socket = fits ? beside : socketIn(privateTemporaryFolder(folder))
  return {
    cluster: path.join(folder, 'cluster'),
    lock: path.join(folder, 'host.lock'),
    vacuumed: path.join(folder, 'vacuumed'),
    socket,
    url: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(path.dirname(socket))}`,
  }
}

function socketIn(folder: string): string {
  return path.join(folder, '.s.PGSQL.5432')
}

function privateTemporaryFolder(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16)
  const folder = path.join(os.tmpdir(), `portcullis-${hash}`)
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Anybody can make folders there, also one that waits for our socket.
  const { uid, mode } = fs.lstatSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o177077) !== 0o040000) {
    throw new Error(`${folder} must be a folder that belongs to this user alone`)
  }
  return folder
}
