import path from 'node:path'
import util from 'node:util'

interface Tensor {
  readonly shape: number[]
  dataSync(): Float32Array
  dispose(): void
}

export interface LayersModel {
  compile(options: { optimizer: unknown; loss: string }): void
  fit(
    input: Tensor,
    target: Tensor,
    options: { epochs: number; batchSize: number; shuffle: boolean; verbose: 0 },
  ): Promise<unknown>
  predict(input: Tensor): Tensor
  getWeights(): Tensor[]
  setWeights(weights: Tensor[]): void
  dispose(): void
}

/**
 * The part of TensorFlow.js that we use. Written here and not imported, because the packages are
 * optional: without them the types must still check.
 */
export interface TensorFlow {
  tensor(values: Float32Array, shape: number[]): Tensor
  sequential(options: { layers: unknown[] }): LayersModel
  layers: { dense(options: Record<string, unknown>): unknown }
  train: { adam(learningRate: number): unknown }
  initializers: { glorotNormal(options: { seed: number }): unknown }
  env(): { set(flag: string, value: boolean): void }
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  /** `tensorflow` for the native addon, `wasm`, or `cpu` for plain JavaScript. */
  getBackend(): string
}

/**
 * TensorFlow.js with its native addon, or else in WebAssembly, or else in plain JavaScript.
 * Rejects when none can be loaded, with the reasons of all.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const failures: string[] = []
  for (const load of [loadNative, loadWasm, loadPlain]) {
    try {
      return await load()
    } catch (error) {
      // The packages fail in many ways (absent, no addon, an addon of another Node), some of them
      // without a code; all mean the same.
      failures.push(firstLine(error))
    }
  }
  throw new Error(`TensorFlow.js cannot be loaded: ${failures.join('; ')}`)
}

async function loadNative(): Promise<TensorFlow> {
  // Version 4.22 calls two functions that Node 23 has removed.
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  })
  return started(require('@tensorflow/tfjs-node'), 'tensorflow')
}

async function loadWasm(): Promise<TensorFlow> {
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm')
  // The binaries lie beside the module; nothing is fetched.
  const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))
  setWasmPaths(folder + path.sep)
  const tensorflow = core()
  // Threads of its own would outlive ours.
  tensorflow.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  return started(tensorflow, 'wasm')
}

async function loadPlain(): Promise<TensorFlow> {
  require('@tensorflow/tfjs-backend-cpu')
  return started(core(), 'cpu')
}

function core(): TensorFlow {
  return { ...require('@tensorflow/tfjs-core'), ...require('@tensorflow/tfjs-layers') }
}

async function started(tensorflow: TensorFlow, backend: string): Promise<TensorFlow> {
  // Without its checks for developers, and without its advertisement on standard error.
  tensorflow.env().set('PROD', true)
  if (!(await tensorflow.setBackend(backend))) throw new Error(`${backend} does not start`)
  await tensorflow.ready()
  return tensorflow
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
