import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { eventually } from './eventually'
import { skipLoudly } from './skipped'

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** To be called in a `before` hook: without nginx on the PATH the hook's suite is skipped loudly. */
export function requireNginx(hook: Mocha.Context): void {
  if (spawnSync('nginx', ['-v']).status === 0) return
  skipLoudly(hook, 'there is no nginx on the PATH; install it (Debian: nginx-light)')
}

/** A whole configuration around what stands in its http block; everything it writes is in `folder`. */
export function nginxConf(folder: string, http: string): string {
  const own = TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`)
  return `
    pid ${folder}/nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${own.join('\n')}
      ${http}
    }`
}

/** Runs nginx with this http block, which listens at `url`, until it is stopped. */
export async function startNginx(http: string, url: string): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-nginx-'))
  const conf = path.join(folder, 'nginx.conf')
  await writeFile(conf, nginxConf(folder, http))
  const child = spawn('nginx', ['-p', folder, '-c', conf, '-g', 'daemon off;'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const kill = () => child.kill('SIGTERM')
  process.once('exit', kill)
  const answers = () => {
    if (child.exitCode !== null) throw new Error('nginx has ended')
    return fetch(url).then(
      () => true,
      () => false,
    )
  }
  await eventually('nginx answers', answers, 10_000)
  return {
    async stop() {
      process.removeListener('exit', kill)
      kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
