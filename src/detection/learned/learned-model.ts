import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { FEATURES, type Usual } from '../features'
import type { DetectorName } from './detector'
import { DETECTORS, type Ensemble, ensembleOf, type Member } from './ensemble'
import { joinParts, splitParts } from './parts'

/** "PCLM", read in the wrong byte order another number. */
const MAGIC = 0x50_43_4c_4d
/** Raised whenever bytes of an older version would be scored otherwise. */
const VERSION = 1
const HEAD_BYTES = 12

/** All that judging an hour takes, without a row that it was learned from. */
export interface LearnedModel {
  /** What is usual at the site: it turns what was counted into what the detectors see. */
  usual: Usual
  ensemble: Ensemble
  /** How many rows were learned from. */
  trainedOn: number
}

interface Facts {
  features: string[]
  trainedOn: number
  members: { name: DetectorName; weight: number }[]
}

/** A model is no model of this version: the message says why, in a sentence. */
export class ModelRefused extends Error {
  override name = 'ModelRefused'
}

/** A model as bytes, to be kept: magic number, version, CRC-32, and the rest compressed. */
export function packModel({ usual, ensemble: { members }, trainedOn }: LearnedModel): Uint8Array {
  const facts: Facts = {
    features: featureNames(),
    trainedOn,
    members: members.map(({ name, weight }) => ({ name, weight })),
  }
  const arrays: [string, Float64Array | Uint8Array][] = [
    ...Object.entries(usual).map(([name, values]): [string, Float64Array] => [
      `usual.${name}`,
      values,
    ]),
    ...members.flatMap(({ name, model, usualScores }): [string, Float64Array | Uint8Array][] => [
      [`${name}.model`, model.pack()],
      [`${name}.scores`, usualScores],
    ]),
  ]
  const body = deflateRawSync(joinParts({ facts, arrays: Object.fromEntries(arrays) }), {
    level: 1,
  })
  const head = Uint32Array.of(MAGIC, VERSION, crc32(body))
  return new Uint8Array(Buffer.concat([new Uint8Array(head.buffer), body]))
}

/**
 * The model that was packed. Rejects with `ModelRefused` when it is of another version or of other
 * features, or when a single bit of it is not what it was.
 */
export async function unpackModel(bytes: Uint8Array): Promise<LearnedModel> {
  const body = bytes.subarray(HEAD_BYTES)
  const [magic, version, checksum] = new Uint32Array(
    bytes.slice(0, HEAD_BYTES).buffer,
    0,
    headWords(bytes),
  )
  if (magic !== MAGIC) throw new ModelRefused('This is not a learned model.')
  if (version !== VERSION) {
    throw new ModelRefused(`The learned model is of version ${version}; this is ${VERSION}.`)
  }
  if (crc32(body) !== checksum) {
    throw new ModelRefused('The learned model is torn: its checksum is wrong.')
  }

  const { facts, arrays } = splitParts<Facts>(inflateRawSync(body))
  if (facts.features.join() !== featureNames().join()) {
    throw new ModelRefused('The learned model knows other features than this version.')
  }
  const members: Member[] = []
  for (const { name, weight } of facts.members) {
    const model = await DETECTORS[name].unpack(arrays[`${name}.model`] as Uint8Array)
    members.push({ name, weight, model, usualScores: arrays[`${name}.scores`] as Float64Array })
  }
  const usual = Object.entries(arrays).flatMap(([name, values]) =>
    name.startsWith('usual.') ? [[name.slice('usual.'.length), values]] : [],
  )
  return {
    usual: Object.fromEntries(usual),
    ensemble: ensembleOf(members),
    trainedOn: facts.trainedOn,
  }
}

function headWords(bytes: Uint8Array): number {
  return Math.floor(Math.min(bytes.length, HEAD_BYTES) / Uint32Array.BYTES_PER_ELEMENT)
}

function featureNames(): string[] {
  return FEATURES.map(({ name }) => name)
}
