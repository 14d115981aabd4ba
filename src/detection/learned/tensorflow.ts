import util from 'node:util'

interface Tensor {
  dataSync(): Float32Array
  dispose(): void
}

interface LayersModel {
  compile(options: { optimizer: unknown; loss: string }): void
  fit(
    input: Tensor,
    target: Tensor,
    options: { epochs: number; batchSize: number; shuffle: boolean; verbose: 0 },
  ): Promise<unknown>
  predict(input: Tensor): Tensor
}

/**
 * The part of TensorFlow.js that we use. Written here and not imported, because the packages are
 * optional: without them the types must still check.
 */
export interface TensorFlow {
  tensor2d(values: Float32Array, shape: [rows: number, columns: number]): Tensor
  sequential(options: { layers: unknown[] }): LayersModel
  layers: { dense(options: Record<string, unknown>): unknown }
  train: { adam(learningRate: number): unknown }
  initializers: { glorotNormal(options: { seed: number }): unknown }
  env(): { set(flag: string, value: boolean): void }
  ready(): Promise<void>
  /** `tensorflow` for the native addon, `cpu` for plain JavaScript. */
  getBackend(): string
}

/**
 * TensorFlow.js with its native addon, or else in plain JavaScript.
 * Rejects when neither can be loaded, with the reasons of both.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const failures: string[] = []
  for (const load of [loadNative, loadPlain]) {
    try {
      const tensorflow = load()
      // Without its checks for developers, and without its advertisement on standard error.
      tensorflow.env().set('PROD', true)
      await tensorflow.ready()
      return tensorflow
    } catch (error) {
      // The packages fail in many ways (absent, no addon, an addon of another Node), some of them
      // without a code; all mean the same.
      failures.push(firstLine(error))
    }
  }
  throw new Error(`TensorFlow.js cannot be loaded: ${failures.join('; ')}`)
}

function loadNative(): TensorFlow {
  // Version 4.22 calls two functions that Node 23 has removed.
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  })
  return require('@tensorflow/tfjs-node')
}

function loadPlain(): TensorFlow {
  require('@tensorflow/tfjs-backend-cpu')
  return { ...require('@tensorflow/tfjs-core'), ...require('@tensorflow/tfjs-layers') }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
