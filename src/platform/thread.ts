import path from 'node:path'
import { type TransferListItem, Worker } from 'node:worker_threads'

const TYPESCRIPT = path.extname(__filename) === '.ts'

/**
 * Starts a module of ours in a thread of its own, from dist/ as well as under ts-node.
 *
 * `module` is an absolute path without extension; `workerData` must be structured-clonable, ports in
 * it are in `transferList` too. What goes wrong inside arrives as the worker's 'error' and 'exit'
 * events.
 */
export function startThread(
  module: string,
  workerData: unknown,
  transferList: TransferListItem[] = [],
): Worker {
  if (!TYPESCRIPT) return new Worker(`${module}.js`, { workerData, transferList, execArgv: [] })

  return new Worker(`${module}.ts`, {
    workerData,
    transferList,
    execArgv: ['-r', require.resolve('ts-node/register/transpile-only')],
    // ts-node looks for its settings in the working folder, which may be anybody's.
    env: { ...process.env, TS_NODE_PROJECT: path.join(__dirname, '../../tsconfig.json') },
  })
}
