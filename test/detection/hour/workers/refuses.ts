import { parentPort } from 'node:worker_threads'

// A worker in which judging fails.
parentPort!.postMessage({ refused: 'disk gone' })
