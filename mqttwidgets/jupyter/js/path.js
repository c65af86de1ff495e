// The path through the points of a line, in three pieces, so that most frames draw only a little of it anew: a browser
// that rasters without a GPU takes longer for a long path than for all else in a frame.
//
//   body   what stays as it is until the axes move
//   tail   the newest points, with those that may still change
//   head   where the line begins within the axes: points that leave the window go from here
//
// Pieces meet in a point. Where points are denser than pixels, each column of the screen keeps its extremes.

const FURTHEST_PX = 2e4; // from the corner: what draws counts in single precision
const DENSE = 3.5; // points a pixel of the screen: the kernel sends no more where it knows how many there are
const HEAD = 0.05; // of the axis
const LONGEST_TAIL = 100; // points
const AXES = /** @type {const} */ ([0, 1]); // of a place

/** The points of one line, as a window on two growing arrays. Points are numbered as they come, from 0. */
export class Points {
  time = new Float64Array(256);
  value = new Float64Array(256);
  start = 0;
  end = 0;
  era = 0; // grows when all points come anew, or one below `solid` does
  solid = 0; // the number up to which points are settled for good, as `kept` in frame_link.js says
  #gone = 0; // how many have left at the head

  /** Keep the first `kept`, let go of `dropped` at the head (of all for -1), append.
   * @param {number} dropped @param {number} kept @param {Float64Array} time @param {Float64Array} value */
  change(dropped, kept, time, value) {
    const stays = dropped < 0 ? 0 : Math.min(kept, this.end - this.start);
    const solid = this.#gone + stays;
    if (dropped < 0 || solid < this.solid) this.era += 1;
    this.solid = solid;
    this.#drop(stays, Math.max(dropped, 0));
    if (this.end + time.length > this.time.length) this.#makeRoom(time.length);
    this.time.set(time, this.end);
    this.value.set(value, this.end);
    this.end += time.length;
  }

  /** @param {number} index */
  numberOf(index) {
    return index - this.start + this.#gone;
  }

  /** @param {number} number */
  indexOf(number) {
    return number - this.#gone + this.start;
  }

  /** @param {number} stays @param {number} dropped */
  #drop(stays, dropped) {
    this.end = this.start + stays;
    const leaving = Math.min(stays, dropped);
    this.start += leaving;
    this.#gone += leaving;
  }

  /** @param {number} coming */
  #makeRoom(coming) {
    const size = Math.max(256, 2 * (this.end - this.start + coming));
    for (const name of /** @type {const} */ (["time", "value"])) {
      const roomy = new Float64Array(size);
      roomy.set(this[name].subarray(this.start, this.end));
      this[name] = roomy;
    }
    this.end -= this.start;
    this.start = 0;
  }
}

/**
 * @typedef {[x: number, y: number]} Place in px
 * @typedef {{ begin: number, end: number, first: number[], last: number[] }} Body the numbers of points: where it
 *   begins and ends, and those it is drawn with there
 * @typedef {{ place: number, first: number | null, least: number, greatest: number }} Column its number, and the
 *   indices of points: the first one if it is drawn as such, and the extremes
 */

/** The path of one line in one view. */
export class LivePath {
  #ground = ""; // what the body was drawn on
  /** @type {Body | null} */
  #body = null;
  #pieces = { head: "", body: "", tail: "" };

  /**
   * @param {Points} points
   * @param {Ground} ground
   * @returns {Pieces} the same strings as before where nothing changed
   */
  draw(points, ground) {
    const cut = new Cut(points, ground);
    const key = `${Object.values(ground)} ${cut.column_px} ${cut.isDense} ${points.era}`;
    let body = key === this.#ground && !ground.isWhole ? this.#body : null;
    if (!body || points.indexOf(body.begin) < points.start) body = this.#cutBody(points, cut, ground);
    this.#ground = key;
    if (!this.#drawEnds(points, cut, body)) this.#drawEnds(points, cut, this.#cutBody(points, cut, ground));
    return this.#pieces;
  }

  /** @param {Points} points @param {Cut} cut @param {Ground} ground */
  #cutBody(points, cut, ground) {
    const end = ground.isWhole ? cut.last : cut.startOfTail();
    const begin = ground.isWhole ? cut.first : cut.endOfHead(end);
    const kept = cut.kept(begin, end);
    const number = points.numberOf.bind(points);
    const body = {
      begin: number(begin),
      end: number(end),
      first: kept.slice(0, 1).map(number),
      last: kept.slice(-1).map(number),
    };
    this.#body = body;
    this.#pieces = { head: "", body: cut.trace(kept), tail: "" };
    return body;
  }

  /** Whether the tail is short enough.
   * @param {Points} points @param {Cut} cut @param {Body} body */
  #drawEnds(points, cut, body) {
    const { begin, end, first, last } = body;
    const index = points.indexOf.bind(points);
    const tail = cut.kept(index(end), cut.last);
    const head = cut.kept(cut.first, index(begin));
    this.#pieces = {
      head: head.length ? cut.trace([...head, ...first.map(index)]) : "",
      body: this.#pieces.body,
      tail: tail.length ? cut.trace([...last.map(index), ...tail]) : "",
    };
    const couldBeShorter = points.solid - end > LONGEST_TAIL;
    return tail.length <= LONGEST_TAIL || !couldBeShorter;
  }
}

/** The points between the ends of the time axis and one beyond on each side, and where they are drawn. */
class Cut {
  #points;
  #ground;
  #xFactor;
  #yFactor;
  #width; // of a column, in seconds
  #origin;

  /** @param {Points} points @param {Ground} ground */
  constructor(points, ground) {
    const { from, to, left, right, least, greatest, bottom, top } = ground;
    this.#points = points;
    this.#ground = ground;
    this.#xFactor = (right - left) / (to - from);
    this.#yFactor = (top - bottom) / (greatest - least);
    this.first = Math.max(points.start, firstAfter(points, from) - 1);
    this.last = Math.min(points.end, firstAfter(points, to) + 1);
    this.column_px = 1 / devicePixelRatio;
    this.isDense = this.last - this.first > (DENSE * Math.abs(right - left)) / this.column_px;
    this.#width = this.column_px / Math.abs(this.#xFactor);
    this.#origin = Math.floor(from / this.#width) * this.#width; // small numbers have more digits left
  }

  /** Where the tail starts: before what may still change, and at a column. */
  startOfTail() {
    return this.#wholeColumn(this.#points.indexOf(this.#points.solid) - 1);
  }

  /** Where the head ends that a line has which begins within the axis; none where it would reach the tail.
   * @param {number} startOfTail */
  endOfHead(startOfTail) {
    const { from, to } = this.#ground;
    const begin = this.#points.time[this.first];
    if (begin < from) return this.first;
    const end = this.#wholeColumn(firstAfter(this.#points, begin + HEAD * (to - from)));
    return end < startOfTail ? end : this.first;
  }

  /** The indices of the points to draw between two: all of them, or where they are dense those that matter.
   * @param {number} begin @param {number} end */
  kept(begin, end) {
    if (end <= begin) return [];
    if (!this.isDense) return Array.from({ length: end - begin }, (_, i) => begin + i);
    return extremes(this.#points, begin, end, (time) => this.#column(time), this.#ground.isSteps);
  }

  /** `d` of a path through points; one by itself is closed, which shows as a dot.
   * @param {number[]} kept */
  trace(kept) {
    const { time, value } = this.#points;
    const { isSteps } = this.#ground;
    let path = "";
    let length = 0; // of the stretch without a gap
    /** @type {Place} */
    let before = [NaN, NaN];
    for (const index of kept) {
      if (isBreak(value[index])) {
        if (length === 1 && isNear(before)) path += "Z";
        length = 0;
        continue;
      }
      const place = this.#place(time[index], value[index]);
      if (!length) path += isNear(place) ? `M${written(place)}` : "";
      else if (isSteps) path += `H${rounded(place[0])}V${rounded(place[1])}`;
      else path += stroke(before, place);
      before = place;
      length += 1;
    }
    return length === 1 && isNear(before) ? `${path}Z` : path;
  }

  /** Where a point is, in px. Steps end at the furthest: they stay where they are by that, as no slanted line would.
   * @param {number} time @param {number} value @returns {Place} */
  #place(time, value) {
    const { left, from, bottom, least, isSteps } = this.#ground;
    const [x, y] = [left + (time - from) * this.#xFactor, bottom + (value - least) * this.#yFactor];
    const end = (/** @type {number} */ px) => Math.max(-FURTHEST_PX, Math.min(FURTHEST_PX, px));
    return isSteps ? [end(x), end(y)] : [x, y];
  }

  /** The number of the column of a time; what lies beyond the axis has one by itself.
   * @param {number} time */
  #column(time) {
    if (time < this.#ground.from) return -1;
    if (time > this.#ground.to) return Infinity;
    return Math.floor((time - this.#origin) / this.#width);
  }

  /** The index of the first point of a point's column, within what is drawn.
   * @param {number} index */
  #wholeColumn(index) {
    let within = Math.max(this.first, Math.min(index, this.last));
    if (!this.isDense || within === this.last) return within;
    const { time } = this.#points;
    const column = this.#column(time[within]);
    while (within > this.first && this.#column(time[within - 1]) === column) within -= 1;
    return within;
  }
}

/**
 * Of the points from `begin` to `end` the indices of those to draw: the least and the greatest of each column, its
 * first and its last where the column beside it is empty, of steps always the last, and the breaks, which part a column
 * in two. The columns stand still in time, so that a line that moves on does not shimmer. The kernel does the same
 * before it sends, in growing.py.
 *
 * @param {PointsOfLine} points a break has the time of the point after it
 * @param {number} begin
 * @param {number} end
 * @param {(time: number) => number} columnOf
 * @param {boolean} isSteps
 */
export function extremes(points, begin, end, columnOf, isSteps) {
  const { time, value } = points;
  /** @type {number[]} */
  const kept = [];
  /** @type {(column: Column, last: number, next: number) => void} */
  const close = ({ place, first, least, greatest }, last, next) => {
    const isLeft = isSteps || next - place > 1;
    const wanted = [first, Math.min(least, greatest), Math.max(least, greatest), isLeft ? last : null];
    for (const index of wanted) if (index !== null && index !== kept[kept.length - 1]) kept.push(index);
  };
  /** @type {Column | null} */
  let column = null;
  let ahead = begin - 1;
  while (ahead >= points.start && isBreak(value[ahead])) ahead -= 1;
  let before = ahead >= points.start ? columnOf(time[ahead]) : NaN;
  for (let i = begin; i < end; i++) {
    const place = columnOf(time[i]);
    if (column && (isBreak(value[i]) || column.place !== place)) {
      close(column, i - 1, place);
      column = null;
    }
    if (isBreak(value[i])) {
      kept.push(i);
      continue;
    }
    if (!column) {
      column = { place, first: !isSteps && place - before > 1 ? i : null, least: i, greatest: i };
    } else if (value[i] < value[column.least]) column.least = i;
    else if (value[i] > value[column.greatest]) column.greatest = i;
    before = place;
  }
  if (column) close(column, end - 1, end < points.end ? columnOf(time[end]) : NaN);
  return kept;
}

/** @param {number} value */
function isBreak(value) {
  return value !== value; // NaN
}

/** What is to be drawn of a straight line, from where the pen is if its beginning is near; its slope as it is.
 * @param {Place} from @param {Place} to */
function stroke(from, to) {
  if (isNear(from) && isNear(to)) return `L${written(to)}`;
  let [begin, end] = [0, 1];
  for (const axis of AXES) {
    const step = to[axis] - from[axis];
    if (step === 0 && Math.abs(from[axis]) > FURTHEST_PX) return "";
    if (step === 0) continue;
    const [enters, leaves] = [-FURTHEST_PX, FURTHEST_PX].map((px) => (px - from[axis]) / step).sort((a, b) => a - b);
    [begin, end] = [Math.max(begin, enters), Math.min(end, leaves)];
  }
  if (begin > end) return "";
  const [x, y] = from;
  const at = (/** @type {number} */ share) => written([x + share * (to[0] - x), y + share * (to[1] - y)]);
  return `${isNear(from) ? "" : `M${at(begin)}`}L${at(end)}`;
}

/** @param {Place} place */
function isNear(place) {
  return Math.abs(place[0]) <= FURTHEST_PX && Math.abs(place[1]) <= FURTHEST_PX;
}

/** @param {Place} place */
function written([x, y]) {
  return `${rounded(x)},${rounded(y)}`;
}

/** @param {number} px */
function rounded(px) {
  return Math.round(10 * px) / 10;
}

/** @param {PointsOfLine} points @param {number} moment */
function firstAfter({ time, start, end }, moment) {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
