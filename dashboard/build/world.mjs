import { createRequire } from 'node:module'
import { geoArea, geoNaturalEarth1, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import { ELSEWHERE, lettersOf } from './countries.mjs'

const require = createRequire(import.meta.url)

/** In units of the map, which are whole: fine enough, and short to write. */
const WIDTH = 4_000
const HEIGHT = 1_880
/** Corners nearer than this to the line between their neighbours are left out; in degrees. */
const TOLERANCE = 0.2
/** Territories smaller than this have a point, which can be seen and pointed at; in units of the map. */
const SMALL = 30
/** Islands smaller than this, in square units, are left out of the outlines. */
const SPECK = 8

/**
 * The world as the page draws it: countries as SVG paths that are projected already, small ones also
 * as points. Antarctica is left out, from which nobody comes.
 */
export function makeWorld() {
  const atlas = require('world-atlas/countries-50m.json')
  const whole = featuresOf(atlas)
  const projection = geoNaturalEarth1().fitExtent(
    [
      [2, 2],
      [WIDTH - 2, HEIGHT - 2],
    ],
    { type: 'FeatureCollection', features: whole },
  )
  const world = { width: WIDTH, height: HEIGHT, land: '', countries: {}, points: {} }
  const path = geoPath(projection).digits(0)

  for (const shape of featuresOf(simplified(atlas))) {
    const outline = shortened(path(withoutSlivers(shape)) ?? '')
    const letters = lettersOf(shape)
    if (outline && letters) world.countries[letters] = outline
    else world.land += outline
  }
  for (const shape of whole) {
    const letters = lettersOf(shape)
    const [[left, top], [right, bottom]] = path.bounds(shape)
    const isSmall = Math.max(right - left, bottom - top) < SMALL
    if (letters && (isSmall || !world.countries[letters])) {
      world.points[letters] = path.centroid(shape).map(Math.round)
    }
  }
  for (const [letters, place] of Object.entries(ELSEWHERE)) {
    const [x, y] = projection(place).map(Math.round)
    // Tuvalu lies east of all the land that the map is fitted to.
    world.points[letters] = [Math.min(x, WIDTH - 20), y]
  }
  return world
}

/** Some ids stand twice in the atlas: Australia, and its islands apart. The larger one comes last. */
function featuresOf(atlas) {
  const { features } = feature(atlas, atlas.objects.countries)
  const shown = features.filter((shape) => lettersOf(shape) !== 'AQ')
  return shown.filter((shape) => shape.properties.name !== 'Ashmore and Cartier Is.')
}

/** The same atlas with fewer corners. Borders are lines that both countries share, so no gap opens. */
function simplified({ transform, ...atlas }) {
  return { ...atlas, arcs: atlas.arcs.map((arc) => keepTelling(absolute(arc, transform))) }
}

/** A ring of which too little is left may run the other way round, and then holds all the rest of the world. */
function withoutSlivers({ geometry, ...shape }) {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  const isSound = (coordinates) => geoArea({ type: 'Polygon', coordinates }) < 2 * Math.PI
  return { ...shape, geometry: { type: 'MultiPolygon', coordinates: polygons.filter(isSound) } }
}

/** A line of degrees, out of the atlas's steps from point to point. */
function absolute(arc, { scale, translate }) {
  let [x, y] = [0, 0]
  return arc.map(([dx, dy]) => {
    x += dx
    y += dy
    return [x * scale[0] + translate[0], y * scale[1] + translate[1]]
  })
}

/** Douglas and Peucker (1973): a line without the corners that nobody would miss. */
function keepTelling(line) {
  if (line.length <= 2) return line
  const [first, last] = [line[0], line[line.length - 1]]
  let [farthest, distance] = [0, 0]
  for (let i = 1; i < line.length - 1; i++) {
    const away = distanceTo(line[i], first, last)
    if (away > distance) [farthest, distance] = [i, away]
  }
  if (distance < TOLERANCE) return [first, last]
  return [
    ...keepTelling(line.slice(0, farthest + 1)).slice(0, -1),
    ...keepTelling(line.slice(farthest)),
  ]
}

function distanceTo([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const along =
    length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length))
  return Math.hypot(x - ax - along * dx, y - ay - along * dy)
}

/** An absolute outline of straight lines as a relative one, a third as long, without specks. */
function shortened(outline) {
  const rings = outline.split('M').filter(Boolean)
  return rings.map((ring) => relative(ring.replace('Z', '').split('L').map(toPoint))).join('')
}

function toPoint(text) {
  return text.split(',').map(Number)
}

function relative(points) {
  if (areaOf(points) < SPECK) return ''
  let [[x, y]] = points
  let text = `M${x} ${y}l`
  for (const [nextX, nextY] of points.slice(1)) {
    const [dx, dy] = [nextX - x, nextY - y]
    if (dx === 0 && dy === 0) continue
    text += `${dx < 0 || text.endsWith('l') ? '' : ' '}${dx}${dy < 0 ? '' : ' '}${dy}`
    x = nextX
    y = nextY
  }
  return `${text}z`
}

function areaOf(points) {
  let area = 0
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]
    area += x * nextY - nextX * y
  })
  return Math.abs(area / 2)
}
