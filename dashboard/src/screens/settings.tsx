export function Settings() {
  return <p>…</p>
}
