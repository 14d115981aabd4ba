const WIDTH = 120
const HEIGHT = 26

/** Hours as bars; the last one is the hour that was judged. */
export function Spark({ values }: { values: readonly number[] | undefined }) {
  if (!values) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />
  const most = Math.max(1, ...values)
  const width = WIDTH / values.length
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`24 hours, at most ${most} requests in one`}
    >
      {values.map((value, nth) => {
        const height = value === 0 ? 0 : Math.max(1, (value / most) * HEIGHT)
        return (
          <rect key={nth} x={nth * width} y={HEIGHT - height} width={width - 1} height={height} />
        )
      })}
    </svg>
  )
}
