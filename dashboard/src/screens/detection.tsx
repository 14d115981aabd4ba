export function Detection() {
  return <p>…</p>
}
