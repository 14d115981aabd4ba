export function Blocklist() {
  return <p>…</p>
}
