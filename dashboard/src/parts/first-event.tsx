import { useEffect, useRef, useState } from 'preact/hooks'
import { changed } from '../live'
import { Card } from './card'

/** What to do first, each with a text to copy; `here` is where this service is reached. */
const WAYS = (here: string): { title: string; text: string; snippet: string }[] => [
  {
    title: 'Read a log you have',
    text: 'An access log of nginx, Apache or another server, with its own times. In the folder of Portcullis:',
    snippet: 'npx ts-node scripts/ingest-log.ts /var/log/nginx/access.log',
  },
  {
    title: 'Ask before each request',
    text: 'nginx asks Portcullis about every visit, which blocks at once. In the server block:',
    snippet: `location = /_portcullis {
  internal;
  proxy_pass ${here}/v1/forward-auth/nginx;
  proxy_set_header X-Original-URI $request_uri;
  proxy_set_header X-Original-Method $request_method;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_pass_request_body off;
}
auth_request /_portcullis;`,
  },
  {
    title: 'Send lines as they come',
    text: 'From any program, with a key of the scope ingest (scripts/create-key.ts):',
    snippet: `tail -F access.log | while read -r line; do
  curl -sS -H "Authorization: Bearer $KEY" -H 'Content-Type: text/plain' \\
    --data-binary "$line" ${here}/v1/ingest
done`,
  },
]

/** Shown until the first request is in the log: how to get it there. Has `look` called when one may be. */
export function FirstEvent({ look }: { look: () => void }) {
  useEffect(look, [changed.requests.value])
  const here = new URL('..', location.href).href.replace(/\/$/, '')
  return (
    <>
      <p class="waiting" role="status">
        <span class="live">Waiting for the first event…</span>
      </p>
      <div class="three">
        {WAYS(here).map(({ title, text, snippet }) => (
          <Card key={title} title={title}>
            <p>{text}</p>
            <Snippet text={snippet} />
          </Card>
        ))}
      </div>
    </>
  )
}

/** A text to copy; where the browser lets no page copy, it is marked, to be copied by hand. */
export function Snippet({ text }: { text: string }) {
  const [done, setDone] = useState<'Copied' | 'Marked' | undefined>()
  const box = useRef<HTMLPreElement>(null)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setDone('Copied')
    } catch {
      // A page that did not come by https has no clipboard, and who is asked may say no.
      if (box.current) getSelection()?.selectAllChildren(box.current)
      setDone('Marked')
    }
  }
  return (
    <div class="snippet">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre ref={box} tabIndex={0}>
        {text}
      </pre>
      <button type="button" onClick={() => void copy()}>
        {done ?? 'Copy'}
      </button>
    </div>
  )
}
