// The photo as tiles of a pyramid: what is in sight is fetched, coarse first, and kept while there is room.

export const TILE = 512;
const KEPT = 160;
const AT_ONCE = 6;

/** The level whose pixels are no larger than the screen's (0 = full size). */
export function levelFor(scale, ratio, levels) {
  return Math.min(levels - 1, Math.max(0, Math.floor(Math.log2(1 / (scale * ratio)) + 0.01)));
}

/** How many levels a pyramid has: down to one tile. */
export function levelsOf(width, height) {
  let levels = 1;
  for (let side = Math.max(width, height); side > TILE; side = Math.ceil(side / 2)) levels++;
  return levels;
}

/** Tiles of a level that touch the box [left, top, right, bottom] (image pixels): [column, row]. */
export function tilesWithin(box, level, width, height) {
  const side = TILE * 2 ** level;
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const found = [];
  for (let row = Math.max(0, Math.floor(box[1] / side)); row < Math.min(rows, Math.ceil(box[3] / side)); row++) {
    for (let column = Math.max(0, Math.floor(box[0] / side)); column < Math.min(columns, Math.ceil(box[2] / side)); column++) {
      found.push([column, row]);
    }
  }
  return found;
}

export class Tiles {
  #tiles = new Map(); // name -> {image, ready, failed}
  #queue = [];
  #loading = 0;

  /** `url(level, column, row)`; `changed()` when a tile has come. */
  constructor({ width, height, url, changed }) {
    Object.assign(this, { width, height, url, changed });
    this.levels = levelsOf(width, height);
    /** Whether something of the photo is on the screen. */
    this.seen = false;
    this.failed = false;
  }

  /** Nothing of the photo has come yet, and nothing was refused. */
  get loading() {
    return !this.seen && !this.failed;
  }

  /** Have the coarsest picture here, which is one tile; resolves when it has come, or has not. */
  async coarse() {
    const level = this.levels - 1;
    if (this.#tiles.has(this.#name(level, 0, 0))) return;
    await new Promise((resolve) => this.#load(level, 0, 0, resolve));
  }

  /** Draw the box of the photo in sight. `context` is in image pixels; `scale`: screen pixels an image pixel;
   * `coarse`: nothing finer than what `coarse()` fetches. */
  draw(context, box, scale, ratio, coarse = false) {
    const level = coarse ? this.levels - 1 : levelFor(scale, ratio, this.levels);
    context.imageSmoothingEnabled = scale < 3;
    context.imageSmoothingQuality = "medium";
    const wanted = tilesWithin(box, level, this.width, this.height);
    const missing = wanted.filter(([column, row]) => !this.#ready(level, column, row));
    if (missing.length) {
      // Below what is still missing lies the nearest coarser level that is there.
      for (let coarser = this.levels - 1; coarser > level; coarser--) {
        for (const [column, row] of tilesWithin(box, coarser, this.width, this.height)) this.#paint(context, coarser, column, row);
      }
    }
    for (const [column, row] of wanted) this.#paint(context, level, column, row);
    this.#queue = [];
    if (level < this.levels - 1) this.#want(this.levels - 1, 0, 0);
    for (const [column, row] of missing) this.#want(level, column, row);
    this.#fetch();
  }

  #name = (level, column, row) => `${level}/${column}/${row}`;

  #ready(level, column, row) {
    return this.#tiles.get(this.#name(level, column, row))?.ready;
  }

  #paint(context, level, column, row) {
    const name = this.#name(level, column, row);
    const tile = this.#tiles.get(name);
    if (!tile?.ready) return;
    this.#tiles.delete(name);
    this.#tiles.set(name, tile); // used last
    const side = TILE * 2 ** level;
    const [left, top] = [column * side, row * side];
    context.drawImage(tile.image, left, top, Math.min(side, this.width - left), Math.min(side, this.height - top));
    this.seen = true;
  }

  #want(level, column, row) {
    if (!this.#tiles.has(this.#name(level, column, row))) this.#queue.push([level, column, row]);
  }

  #fetch() {
    while (this.#loading < AT_ONCE && this.#queue.length) this.#load(...this.#queue.shift());
  }

  #load(level, column, row, then = () => {}) {
    const name = this.#name(level, column, row);
    const image = new Image();
    const tile = { image, ready: false };
    this.#tiles.set(name, tile);
    this.#loading++;
    const over = () => {
      this.#loading--;
      this.#trim();
      this.changed();
      then();
    };
    image.decoding = "async";
    image.onload = () => {
      tile.ready = true;
      this.failed = false;
      over();
    };
    image.onerror = () => {
      this.failed = true;
      setTimeout(() => { this.#tiles.delete(name); this.changed(); }, 3000);
      over();
    };
    image.src = this.url(level, column, row);
  }

  #trim() {
    for (const [name, tile] of this.#tiles) {
      if (this.#tiles.size <= KEPT) return;
      if (tile.ready) this.#tiles.delete(name);
    }
  }
}
