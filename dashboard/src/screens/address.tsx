export function AddressScreen() {
  return <p>…</p>
}
