import { type Detector, type Matrix, type Model, pickRows } from './detector'
import { finite } from './finite'
import { joinParts, splitParts } from './parts'
import { sample, seededRandom } from './random'
import { type LayersModel, loadTensorFlow, type TensorFlow } from './tensorflow'

const TRAINING_ROWS = 2_048
const EPOCHS = 40
const BATCH_ROWS = 64
/** Rows scored at a time: bounds the tensors' memory. */
const SCORED_ROWS = 4_096
const LEARNING_RATE = 0.01

/** How features are brought to one scale: deviations from the mean, in units of the spread. */
interface Scale {
  mean: Float64Array
  unit: Float64Array
}

/**
 * A small autoencoder (TensorFlow.js): it learns to squeeze usual rows through three numbers and
 * to restore them; a row that it restores badly is odd. The score is log(1 + mean squared error)
 * in units of each feature's deviation.
 */
export const autoencoder: Detector = {
  name: 'autoencoder',
  async train(usual, { seed }) {
    const tensorflow = await loadTensorFlow()
    const random = seededRandom(seed)
    // `fit` would shuffle with Math.random; these rows are in a random order that can be repeated.
    const rows = pickRows(usual, sample(TRAINING_ROWS, usual.rows, random))
    const scale = scaleOf(rows)
    const network = build(tensorflow, usual.columns, seed)
    network.compile({ optimizer: tensorflow.train.adam(LEARNING_RATE), loss: 'meanSquaredError' })

    const input = tensorflow.tensor(scaled(rows, scale), [rows.rows, rows.columns])
    await network.fit(input, input, {
      epochs: EPOCHS,
      batchSize: BATCH_ROWS,
      shuffle: false,
      verbose: 0,
    })
    input.dispose()
    return modelOf(tensorflow, network, scale)
  },
  async unpack(bytes) {
    const tensorflow = await loadTensorFlow()
    const { arrays } = splitParts(bytes)
    const { mean, unit } = arrays as unknown as Scale
    const network = build(tensorflow, mean.length, 0)
    const given = network
      .getWeights()
      .map(({ shape }, nth) => tensorflow.tensor(arrays[nth] as Float32Array, shape))
    network.setWeights(given)
    for (const tensor of given) tensor.dispose()
    return modelOf(tensorflow, network, { mean, unit })
  },
}

function modelOf(tensorflow: TensorFlow, network: LayersModel, scale: Scale): Model {
  return {
    score(matrix) {
      const scores = new Float64Array(matrix.rows)
      for (let from = 0; from < matrix.rows; from += SCORED_ROWS) {
        const some = slice(matrix, from, Math.min(from + SCORED_ROWS, matrix.rows))
        const given = scaled(some, scale)
        const input = tensorflow.tensor(given, [some.rows, some.columns])
        const output = network.predict(input)
        scores.set(restorationErrors(given, output.dataSync(), some.columns), from)
        input.dispose()
        output.dispose()
      }
      return scores
    },
    pack() {
      const weights = network.getWeights().map((tensor) => tensor.dataSync())
      return joinParts({
        facts: {},
        arrays: { ...scale, ...Object.fromEntries(weights.entries()) },
      })
    },
  }
}

function build(
  { sequential, layers, initializers }: TensorFlow,
  width: number,
  seed: number,
): LayersModel {
  const dense = (units: number, activation: string, nth: number, inputShape?: number[]) =>
    layers.dense({
      units,
      activation,
      inputShape,
      kernelInitializer: initializers.glorotNormal({ seed: seed + nth }),
    })
  return sequential({
    layers: [
      dense(8, 'tanh', 0, [width]),
      dense(3, 'tanh', 1),
      dense(8, 'tanh', 2),
      dense(width, 'linear', 3),
    ],
  })
}

function scaleOf({ rows, columns, values }: Matrix): Scale {
  const mean = new Float64Array(columns)
  const deviation = new Float64Array(columns)
  values.forEach((value, i) => {
    mean[i % columns]! += finite(value) / rows
  })
  values.forEach((value, i) => {
    deviation[i % columns]! += (finite(value) - mean[i % columns]!) ** 2 / rows
  })
  // A feature without any spread keeps its own unit: a deviation there must still be seen.
  return { mean, unit: deviation.map((variance) => Math.sqrt(variance) || 1) }
}

function scaled({ columns, values }: Matrix, { mean, unit }: Scale): Float32Array {
  return Float32Array.from(
    values,
    (value, i) => (finite(value) - mean[i % columns]!) / unit[i % columns]!,
  )
}

function restorationErrors(given: Float32Array, restored: Float32Array, columns: number) {
  const errors = new Float64Array(given.length / columns)
  given.forEach((value, i) => {
    errors[Math.floor(i / columns)]! += (value - restored[i]!) ** 2 / columns
  })
  return errors.map(Math.log1p)
}

function slice({ columns, values }: Matrix, from: number, to: number): Matrix {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) }
}
