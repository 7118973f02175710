// Polygons in the browser: finding, moving, adding and deleting vertices. Pure.
//
// An outline is parts -> rings (exterior first) -> points -> [x, y] in image pixels, rings open: what the server
// calls rings. A place names a vertex: {part, ring, index}. What needs real geometry (union, cut, split)
// is asked of the server.

export function* ringsOf(outline) {
  for (let part = 0; part < outline.length; part++) {
    for (let ring = 0; ring < outline[part].length; ring++) yield [outline[part][ring], part, ring];
  }
}

export function countVertices(outline) {
  let count = 0;
  if (outline) for (const [ring] of ringsOf(outline)) count += ring.length;
  return count;
}

/** [left, top, right, bottom]. */
export function boundsOf(outline) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [part] of outline) {
    for (const [x, y] of part) {
      left = Math.min(left, x); top = Math.min(top, y); right = Math.max(right, x); bottom = Math.max(bottom, y);
    }
  }
  return [left, top, right, bottom];
}

export function contains(outline, [x, y]) {
  let inside = false;
  for (const [ring] of ringsOf(outline)) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i], [xj, yj] = ring[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

/** The nearest point to p on the segment a-b, and how far it is: [[x, y], distance]. */
export function nearestOnSegment(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const squared = dx * dx + dy * dy;
  const along = squared ? Math.min(1, Math.max(0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared)) : 0;
  const q = [a[0] + along * dx, a[1] + along * dy];
  return [q, Math.hypot(p[0] - q[0], p[1] - q[1])];
}

/** The vertex nearest to p within `reach` image pixels: {part, ring, index, distance} or null. */
export function nearestVertex(outline, p, reach) {
  let best = null;
  for (const [ring, part, number] of ringsOf(outline)) {
    for (let index = 0; index < ring.length; index++) {
      const distance = Math.hypot(ring[index][0] - p[0], ring[index][1] - p[1]);
      if (distance <= reach && (!best || distance < best.distance)) best = { part, ring: number, index, distance };
    }
  }
  return best;
}

/** The edge nearest to p within `reach`: {part, ring, index, at, distance}; it runs from vertex `index` on. */
export function nearestEdge(outline, p, reach) {
  let best = null;
  for (const [ring, part, number] of ringsOf(outline)) {
    for (let index = 0; index < ring.length; index++) {
      const [at, distance] = nearestOnSegment(p, ring[index], ring[(index + 1) % ring.length]);
      if (distance <= reach && (!best || distance < best.distance)) best = { part, ring: number, index, at, distance };
    }
  }
  return best;
}

const withRing = (outline, part, ring, points) =>
  outline.map((rings, p) => (p !== part ? rings : rings.map((old, r) => (r !== ring ? old : points))));

export function insertVertex(outline, { part, ring, index }, point) {
  const points = outline[part][ring].slice();
  points.splice(index + 1, 0, point);
  return withRing(outline, part, ring, points);
}

/** Vertices moved: `moves` is a list of [place, point]. */
export function moveVertices(outline, moves) {
  const moved = outline.map((rings) => rings.slice());
  const fresh = new Set();
  for (const [{ part, ring, index }, point] of moves) {
    const name = `${part}/${ring}`;
    if (!fresh.has(name)) moved[part][ring] = moved[part][ring].slice();
    fresh.add(name);
    moved[part][ring][index] = point;
  }
  return moved;
}

/** Without these vertices. A ring left with fewer than three goes: a hole is closed, a part is gone. Null when
 * nothing remains. */
export function deleteVertices(outline, places) {
  const gone = new Set(places.map(({ part, ring, index }) => `${part}/${ring}/${index}`));
  const parts = [];
  outline.forEach((rings, part) => {
    const left = rings.map((points, ring) => points.filter((_, index) => !gone.has(`${part}/${ring}/${index}`)));
    if (left[0].length >= 3) parts.push([left[0], ...left.slice(1).filter((points) => points.length >= 3)]);
  });
  return parts.length ? parts : null;
}

/** All vertices inside the box spanned by two corners, as places. */
export function verticesWithin(outline, [x0, y0], [x1, y1]) {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  const found = [];
  for (const [points, part, ring] of ringsOf(outline)) {
    points.forEach(([x, y], index) => {
      if (x >= left && x <= right && y >= top && y <= bottom) found.push({ part, ring, index });
    });
  }
  return found;
}

/** A new stretch of border: from vertex `from` over `path` to vertex `to` of the same ring. Of the two ways
 * round, the one that lies nearer to the path (by length, then by distance) is replaced. */
export function replaceStretch(outline, from, to, path) {
  const ring = outline[from.part][from.ring];
  const size = ring.length;
  const walk = (start, end) => {
    const points = [];
    for (let i = start; ; i = (i + 1) % size) {
      points.push(ring[i]);
      if (i === end) return points;
    }
  };
  const forth = walk(from.index, to.index), back = walk(to.index, from.index);
  const drawn = [ring[from.index], ...path, ring[to.index]];
  const replacesForth = away(forth, drawn) <= away(back, drawn);
  const points = replacesForth ? [...drawn, ...back.slice(1, -1)] : [...forth, ...path.slice().reverse()];
  return points.length < 3 ? null : withRing(outline, from.part, from.ring, points);
}

/** How far a line's points lie from another line, at most: which of two ways is meant. */
function away(line, from) {
  let most = 0;
  for (const point of along(line)) {
    let least = Infinity;
    for (let i = 0; i + 1 < from.length; i++) least = Math.min(least, nearestOnSegment(point, from[i], from[i + 1])[1]);
    most = Math.max(most, least);
  }
  return most;
}

function* along(line) {
  for (let i = 0; i + 1 < line.length; i++) {
    for (let step = 0; step < 4; step++) {
      const share = step / 4;
      yield [line[i][0] + share * (line[i + 1][0] - line[i][0]), line[i][1] + share * (line[i + 1][1] - line[i][1])];
    }
  }
  yield line[line.length - 1];
}

/** p drawn to the nearest vertex of the outlines within `reach`, else to the nearest edge, else p itself. */
export function snapped(p, outlines, reach) {
  let vertex = null, edge = null;
  for (const outline of outlines) {
    const bounds = boundsOf(outline);
    if (p[0] < bounds[0] - reach || p[0] > bounds[2] + reach || p[1] < bounds[1] - reach || p[1] > bounds[3] + reach) continue;
    const v = nearestVertex(outline, p, vertex?.distance ?? reach);
    if (v) vertex = { ...v, at: outline[v.part][v.ring][v.index] };
    const e = nearestEdge(outline, p, edge?.distance ?? reach);
    if (e) edge = e;
  }
  return (vertex ?? edge)?.at.slice() ?? p;
}

/** The polygon with these vertices, or null while they all lie on one line. It may cross itself. */
export function polygonThrough(points) {
  const [a] = points;
  const b = points.find(([x, y]) => x !== a[0] || y !== a[1]);
  const off = b && points.some(([x, y]) => (b[0] - a[0]) * (y - a[1]) !== (b[1] - a[1]) * (x - a[0]));
  return off ? [[points.map(([x, y]) => [x, y])]] : null;
}
