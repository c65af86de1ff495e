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

/** The points of one line, as a window on two growing arrays. Points are numbered as they come, from 0. */
export class Points {
  time = new Float64Array(256);
  value = new Float64Array(256);
  start = 0;
  end = 0;
  era = 0; // grows when all points come anew, or one below `solid` does
  solid = 0; // the number up to which points are settled for good, as `kept` in link.js says
  #gone = 0; // how many have left at the head

  /** Keep the first `kept`, let go of `dropped` at the head (of all for -1), append. */
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

  numberOf(index) {
    return index - this.start + this.#gone;
  }

  indexOf(number) {
    return number - this.#gone + this.start;
  }

  #drop(stays, dropped) {
    this.end = this.start + stays;
    const leaving = Math.min(stays, dropped);
    this.start += leaving;
    this.#gone += leaving;
  }

  #makeRoom(coming) {
    const size = Math.max(256, 2 * (this.end - this.start + coming));
    for (const name of ["time", "value"]) {
      const roomy = new Float64Array(size);
      roomy.set(this[name].subarray(this.start, this.end));
      this[name] = roomy;
    }
    this.end -= this.start;
    this.start = 0;
  }
}

/** The path of one line in one view. */
export class LivePath {
  #ground = ""; // what the body was drawn on
  #body = null; // {begin, end}: numbers of points; {first, last}: those it is drawn with at its ends
  #pieces = { head: "", body: "", tail: "" };

  /**
   * @param points a Points
   * @param ground {from, to, least, greatest: the ends of the axes; left, right, bottom, top: where these are, in px;
   *   isSteps, isWhole: in one piece, for dashes and what is translucent}
   * @returns {head, body, tail}: what `d` of each is now, the same string as before where nothing changed
   */
  draw(points, ground) {
    const cut = new Cut(points, ground);
    const key = `${Object.values(ground)} ${cut.column_px} ${cut.isDense} ${points.era}`;
    if (ground.isWhole || key !== this.#ground || !this.#stands(points)) {
      this.#ground = key;
      this.#cutBody(points, cut, ground);
    }
    if (!this.#drawEnds(points, cut)) {
      this.#cutBody(points, cut, ground);
      this.#drawEnds(points, cut);
    }
    return this.#pieces;
  }

  #stands(points) {
    return points.indexOf(this.#body.begin) >= points.start;
  }

  #cutBody(points, cut, ground) {
    const end = ground.isWhole ? cut.last : cut.startOfTail();
    const begin = ground.isWhole ? cut.first : cut.endOfHead(end);
    const kept = cut.kept(begin, end);
    const number = (index) => points.numberOf(index);
    this.#body = {
      begin: number(begin),
      end: number(end),
      first: kept.slice(0, 1).map(number),
      last: kept.slice(-1).map(number),
    };
    this.#pieces = { head: "", body: cut.trace(kept), tail: "" };
  }

  /** Whether the tail is short enough. */
  #drawEnds(points, cut) {
    const { begin, end, first, last } = this.#body;
    const index = (number) => points.indexOf(number);
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

  /** Where the head ends that a line has which begins within the axis; none where it would reach the tail. */
  endOfHead(startOfTail) {
    const { from, to } = this.#ground;
    const begin = this.#points.time[this.first];
    if (begin < from) return this.first;
    const end = this.#wholeColumn(firstAfter(this.#points, begin + HEAD * (to - from)));
    return end < startOfTail ? end : this.first;
  }

  /** The indices of the points to draw between two: all of them, or where they are dense those that matter. */
  kept(begin, end) {
    if (end <= begin) return [];
    if (!this.isDense) return Array.from({ length: end - begin }, (_, i) => begin + i);
    return this.#extremes(begin, end);
  }

  /** `d` of a path through points; one by itself is closed, which shows as a dot. */
  trace(kept) {
    const { time, value } = this.#points;
    const { isSteps } = this.#ground;
    let path = "";
    let length = 0; // of the stretch without a gap
    let before = null;
    for (const index of kept) {
      if (value[index] !== value[index]) {
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

  /** Where a point is, in px. Steps end at the furthest: they stay where they are by that, as no slanted line would. */
  #place(time, value) {
    const { left, from, bottom, least, isSteps } = this.#ground;
    const place = [left + (time - from) * this.#xFactor, bottom + (value - least) * this.#yFactor];
    return isSteps ? place.map((px) => Math.max(-FURTHEST_PX, Math.min(FURTHEST_PX, px))) : place;
  }

  /** The number of a point's column; what lies beyond the axis has one by itself. */
  #column(index) {
    const time = this.#points.time[index];
    if (time < this.#ground.from) return -1;
    if (time > this.#ground.to) return Infinity;
    return Math.floor((time - this.#origin) / this.#width);
  }

  /** The index of the first point of a point's column, within what is drawn. */
  #wholeColumn(index) {
    let within = Math.max(this.first, Math.min(index, this.last));
    if (!this.isDense || within === this.last) return within;
    const column = this.#column(within);
    while (within > this.first && this.#column(within - 1) === column) within -= 1;
    return within;
  }

  /** The least and the greatest point of each column, its first and last ones where the column beside it is empty, of
   * steps always the last one, and the gaps. The columns stand still in time, so that a line that moves on does not
   * shimmer. */
  #extremes(begin, end) {
    const { value } = this.#points;
    const { isSteps } = this.#ground;
    const kept = [];
    let column = null;
    const close = (last, next) => {
      if (column === null) return;
      const { place, first, least, greatest } = column;
      const isLeft = isSteps || next - place > 1;
      const wanted = [first, Math.min(least, greatest), Math.max(least, greatest), isLeft ? last : null];
      for (const index of wanted) if (index !== null && index !== kept[kept.length - 1]) kept.push(index);
      column = null;
    };
    let before = this.#columnBeside(begin - 1);
    for (let i = begin; i < end; i++) {
      if (value[i] !== value[i]) {
        close(i - 1, NaN);
        before = NaN;
        kept.push(i);
        continue;
      }
      const place = this.#column(i);
      if (column?.place !== place) {
        close(i - 1, place);
        column = { place, first: !isSteps && place - before > 1 ? i : null, least: i, greatest: i };
      } else if (value[i] < value[column.least]) column.least = i;
      else if (value[i] > value[column.greatest]) column.greatest = i;
      before = place;
    }
    close(end - 1, this.#columnBeside(end));
    return kept;
  }

  /** The column of a point that the same stretch of the line leads from or to; NaN for none. */
  #columnBeside(index) {
    const { value, start, end } = this.#points;
    return index >= start && index < end && value[index] === value[index] ? this.#column(index) : NaN;
  }
}

/** What is to be drawn of a straight line, from where the pen is if its beginning is near; its slope as it is. */
function stroke(from, to) {
  if (isNear(from) && isNear(to)) return `L${written(to)}`;
  let [begin, end] = [0, 1];
  for (const axis of [0, 1]) {
    const step = to[axis] - from[axis];
    if (step === 0 && Math.abs(from[axis]) > FURTHEST_PX) return "";
    if (step === 0) continue;
    const [enters, leaves] = [-FURTHEST_PX, FURTHEST_PX].map((px) => (px - from[axis]) / step).sort((a, b) => a - b);
    [begin, end] = [Math.max(begin, enters), Math.min(end, leaves)];
  }
  if (begin > end) return "";
  const at = (share) => [0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]));
  return `${isNear(from) ? "" : `M${written(at(begin))}`}L${written(at(end))}`;
}

function isNear(place) {
  return Math.abs(place[0]) <= FURTHEST_PX && Math.abs(place[1]) <= FURTHEST_PX;
}

function written([x, y]) {
  return `${rounded(x)},${rounded(y)}`;
}

function rounded(px) {
  return Math.round(10 * px) / 10;
}

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
