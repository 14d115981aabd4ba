import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { atTick, count, shortly } from '../text'

const HEIGHT = 200
const DARK = '(prefers-color-scheme: dark)'

/** One line of a chart; `color` is the name of a custom property of the style. */
export interface Line {
  label: string
  color: string
  values: number[]
}

interface Props {
  /** Seconds since 1970. */
  times: number[]
  lines: Line[]
  /** What the chart shows, for those who do not see it. */
  label: string
  /** What a drag over a span does; without it nothing. */
  onZoom?(from: number, to: number): void
}

/** Lines over time; drag over a span to look at it alone. */
export function Chart({ times, lines, label, onZoom }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  useEffect(() => {
    const element = box.current!
    const data: uPlot.AlignedData = [times, ...lines.map(({ values }) => values)]
    const draw = () => {
      const options = optionsOf(lines, element.clientWidth, (from, to) => zoom.current?.(from, to))
      return new uPlot(options, data, element)
    }
    let plot = draw()
    const fit = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: HEIGHT })
    })
    fit.observe(element)
    const scheme = matchMedia(DARK)
    const redraw = () => {
      plot.destroy()
      plot = draw()
    }
    scheme.addEventListener('change', redraw)
    return () => {
      fit.disconnect()
      scheme.removeEventListener('change', redraw)
      plot.destroy()
    }
  }, [times, lines])
  return <div ref={box} class="chart" role="img" aria-label={label} />
}

function optionsOf(
  lines: Line[],
  width: number,
  onZoom: (from: number, to: number) => void,
): uPlot.Options {
  const [muted, line] = [colorOf('--muted'), colorOf('--line')]
  const axis = {
    stroke: muted,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
  }
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        values: (_plot, ticks, _axis, _space, step) => ticks.map((at) => atTick(at, step)),
      },
      { ...axis, size: 46, values: (_plot, ticks) => ticks.map(shortly) },
    ],
    series: [
      { value: (_plot, at) => (at === null ? '' : new Date(at * 1_000).toLocaleString('en-GB')) },
      ...lines.map(({ label, color }) => ({
        label,
        stroke: colorOf(color),
        fill: `${colorOf(color)}2e`,
        width: 1.5,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null ? '' : count(value)),
      })),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: chosen } = plot.select
          if (chosen < 4) return
          onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + chosen, 'x'))
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
