import fs from 'node:fs'
import path from 'node:path'

/** The folder of package.json, from src/ and from dist/src/. */
export function projectRoot(): string {
  let folder = __dirname
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder)
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`)
    folder = parent
  }
  return folder
}
