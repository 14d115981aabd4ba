// Makes dist/: the compiled service, the dashboard, and the snapshot of an empty embedded database
// that makes a first start quick. Runs at install and before every start; on a tree that is already built it
// takes a tenth of a second.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { buildDashboard } from './dashboard/build/build.mjs'

const compiled = ['src', 'models', 'migrations', 'scripts']

const { metafile } = await build({
  entryPoints: compiled.map((folder) => `${folder}/**/*.ts`),
  outdir: 'dist',
  outbase: '.',
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
})

// A file whose source was deleted must not live on as compiled code: migrations are found by
// listing. The others stay in place, for a service that runs from here may need them any moment.
for (const folder of compiled) {
  for (const name of readdirSync(`dist/${folder}`, { recursive: true })) {
    const file = path.posix.join('dist', folder, name.split(path.sep).join('/'))
    if (/\.(js|map)$/.test(file) && !(file in metafile.outputs)) rmSync(file)
  }
}

await buildDashboard()

const { status } = spawnSync(process.execPath, ['dist/src/platform/embedded/make-snapshot.js'], {
  stdio: 'inherit',
})
process.exit(status ?? 1)
