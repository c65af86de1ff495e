// The exact time and values under the pointer: a hair line, a dot on each line, and a box that says what they are, with
// as many digits as make sense. A layer over the picture that takes no part in what the pointer does there; it is hidden
// while something is dragged.
//
// Trait: figure, the model id of the bqplot Figure beneath.
//
// Message, browser to kernel, one question at a time, and only while the cursor is shown:
//   {kind: "ask", number: 7, time: 1790000000.5, reach_s: 0.2, steps: 0, start: 1789999990, end: 1790000010}
//     epoch seconds; reach_s: how far a sample may be where nothing is known; steps: samples to go on from there first,
//     or back, within the time axis from start to end
// Message, kernel to browser:
//   {kind: "answer", number: 7, time: 1790000000.5, apart_s: 0.1, lines: [[mark, time, value, unit, isComputed], ...]}
//     of each line the model id of its mark and the sample as it is in the series, null where nothing is known; apart_s:
//     how far samples are apart there, null where that is not known. The text of what is computed ends where digits
//     are finer than the screen
//
// While the kernel is busy the points that the browser has stand in for an answer. They are samples, too, but not all
// of them: "≈" says so. All names and units are foreign text: textContent only.

const SVG = "http://www.w3.org/2000/svg";
const LATE_MS = 200; // from then on the browser's own points stand in
const LOST_MS = 5000;
const ASK_MS = 40;
const ASK_AGAIN_MS = 250; // what is under a pointer that rests changes as well
const REACH_PX = 6;
const TAP_PX = 4; // a finger that goes farther drags
const MOST_ROWS = 12;
const MARGIN_PX = 8;
const BESIDE_PX = 14;
const FINER_THAN_PX = 10; // parts of a pixel
const FARTHEST = Number.MAX_VALUE; // of two infinities the difference is no number
/** @type {Record<string, number>} */
const STEPS = { ",": -1, ".": 1 };
/** @type {Record<string, Edge>} of the selection */
const EDGES = { "[": "start", "]": "end" };
/** @type {[name: string, seconds: number][]} */
const UNITS = [["h", 3600], ["min", 60], ["s", 1], ["ms", 1e-3]];
/** @type {[name: string, seconds: number]} */
const FINEST_UNIT = ["µs", 1e-6];
const NOWHERE = { left: 0, top: 0, width: -1, height: -1 };
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
/** @type {Record<string, string>} `stroke-dasharray` of each `line_style`, as in palette.py */
export const DASHES = { solid: "none", dashed: "6 4", dotted: "2 4", dash_dotted: "6 3 2 3" };

/**
 * @typedef {{ x: number, y: number, time?: undefined } | { x?: undefined, y?: undefined, time: number }} Place px from
 *   the picture's upper left; or the time of a sample, by keyboard
 * @typedef {{ start: number, end: number, pixel_s: number }} Axis of time: its ends, and how long a pixel is
 * @typedef {Omit<Answer, "kind" | "number"> & { x?: number, isOwn?: boolean }} Told with the place of the pointer that
 *   it is of, and whether the browser tells it itself
 * @typedef {[time: number, value: number]} Sample
 * @typedef {Record<"left" | "top" | "width" | "height" | "within" | "below", number>} Box where the picture is in the
 *   layer, in px, and how wide and high that is
 * @typedef {Record<string, string | number>} Attributes
 *
 * @typedef {object} Shown a line in the picture, and what is known of it there
 * @property {string} label
 * @property {string} unit
 * @property {number | null} time
 * @property {number | null} value
 * @property {number} finest no digit is shown that is finer; 0: all are
 * @property {boolean} isState
 * @property {{ x: number, y: number } | null} dot
 * @property {string} color
 * @property {string} dash
 */

export default {
  /** @param {{ model: Model<CursorTraits, Question>, el: HTMLElement }} page */
  async render({ model, el }) {
    const figure = await model.widget_manager.get_model(model.get("figure"));
    const cursor = new Cursor(model, figure, el);
    return () => cursor.close();
  },
};

/** The cursor in one view of a plot. */
class Cursor {
  #model;
  #figure;
  #readout;
  #said = element("div", "mw-cursor-said", { "aria-live": "polite" });
  #el;
  /** @type {Element | null} */
  #stage = null;
  #attached;
  #pressed = [NaN, NaN]; // where, on the page
  /** @type {Place | null} */
  #place = null;
  /** @type {number | undefined} */
  #animation;
  /** @type {Set<Model>} whose ends move the dots */
  #scales = new Set();
  #drawn = "";
  #number = 0;
  /** @type {(Question & { at: number, x?: number }) | null} the one under way, and when it was asked */
  #pending = null;
  /** @type {number | null} */
  #unansweredSince = null;
  #asked = { at: -Infinity, time: NaN };
  /** @type {Told | null} */
  #answer = null;
  #steps = 0; // wanted by keyboard and not asked for yet
  /** @type {Edge | null} to be selected where the steps end */
  #edge = null;
  #isToSay = false;
  /** @type {Map<string, [unit: string, isComputed: boolean]>} by mark */
  #kinds = new Map();

  /** @param {Model<CursorTraits, Question>} model @param {Model} figure @param {HTMLElement} el */
  constructor(model, figure, el) {
    this.#model = model;
    this.#figure = figure;
    this.#el = el;
    this.#readout = new Readout(el);
    el.append(this.#said);
    this.#attached = new ResizeObserver(() => this.#attach()); // a view is rendered before it is in the page
    this.#attached.observe(el);
    addEventListener("pointerdown", this.#hideElsewhere, { capture: true });
    model.on("msg:custom", this.#take);
  }

  close() {
    this.#hide();
    this.#attached.disconnect();
    removeEventListener("pointerdown", this.#hideElsewhere, { capture: true });
    this.#model.off("msg:custom", this.#take);
    for (const [name, listener] of Object.entries(this.#listeners)) this.#stage?.removeEventListener(name, listener);
  }

  #attach() {
    const stage = this.#el.closest(".mw-stage");
    if (!stage || stage === this.#stage) return;
    this.#stage = stage;
    for (const [name, listener] of Object.entries(this.#listeners)) stage.addEventListener(name, listener);
  }

  /** @type {Record<string, (event: any) => void>} */
  #listeners = {
    pointermove: (event) => this.#point(event),
    pointerup: (event) => this.#isTap(event) && this.#point(event),
    pointerdown: (event) => this.#press(event),
    pointercancel: () => this.#hide(),
    pointerleave: ({ pointerType }) => {
      if (this.#place?.time === undefined && pointerType !== "touch") this.#hide(); // a finger leaves as it is lifted
    },
    focusout: () => this.#place?.time !== undefined && this.#hide(),
    keydown: (event) => this.#step(event),
  };

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, top, width, height } = this.#ground() ?? NOWHERE;
    const [x, y] = [event.clientX - left, event.clientY - top];
    const isInside = x >= 0 && y >= 0 && x <= width && y <= height;
    if (event.buttons || !isInside || isIn(event.target, "button")) return this.#hide();
    this.#steps = 0;
    this.#show({ x, y });
  }

  /** @param {PointerEvent} event */
  #press({ clientX, clientY }) {
    this.#pressed = [clientX, clientY];
    this.#hide();
  }

  /** A finger shows the cursor where it taps, a mouse wherever it is.
   * @param {PointerEvent} event */
  #isTap({ pointerType, isPrimary, clientX, clientY }) {
    const [x, y] = this.#pressed;
    return pointerType !== "touch" || (isPrimary && Math.hypot(clientX - x, clientY - y) < TAP_PX);
  }

  #hideElsewhere = (/** @type {PointerEvent} */ event) => {
    if (!this.#stage || !event.composedPath().includes(this.#stage)) this.#hide();
  };

  /** @param {KeyboardEvent} event */
  #step(event) {
    const [step, edge] = [STEPS[event.key], EDGES[event.key]];
    const isTyping = isIn(event.target, "input, select, textarea");
    const isAlt = event.altKey && !edge; // which many keyboards need for a bracket
    if (isTyping || isAlt || event.metaKey || (event.ctrlKey && !event.altKey)) return;
    const axis = this.#axis();
    if (!axis || !(step || edge)) return;
    event.preventDefault();
    event.stopPropagation();
    if (edge) return this.#place ? this.#select(edge, this.#place, axis) : undefined;
    const time = this.#place ? this.#timeOf(this.#place, axis) : step > 0 ? axis.start : axis.end;
    this.#steps += step;
    this.#show({ time });
  }

  /** Have the selection begin or end where the cursor is: gestures.js tells the kernel.
   * @param {Edge} edge @param {Place} place @param {Axis} axis */
  #select(edge, place, axis) {
    if (this.#steps || this.#pending?.steps) {
      this.#edge = edge;
      return;
    }
    const detail = { edge, time: this.#timeOf(place, axis) };
    this.#stage?.dispatchEvent(new CustomEvent("mw-edge", { detail }));
  }

  /** @param {Place} place */
  #show(place) {
    this.#place = place;
    this.#animation ??= requestAnimationFrame(() => this.#drawOn());
  }

  #hide() {
    this.#place = this.#answer = this.#edge = null;
    this.#steps = 0;
    this.#drawn = "";
    if (this.#animation !== undefined) cancelAnimationFrame(this.#animation);
    this.#animation = undefined;
    this.#followScales([]);
    this.#readout.hide();
  }

  // The kernel.

  #take = (/** @type {Answer} */ content) => {
    const pending = this.#pending;
    if (content?.kind !== "answer" || content.number !== pending?.number) return;
    this.#pending = this.#unansweredSince = null;
    for (const [mark, , , ...kind] of content.lines) this.#kinds.set(mark, kind);
    if (!this.#place) return;
    this.#answer = { ...content, x: pending.x };
    if (pending.steps && this.#place.time !== undefined) this.#stepTo(content.time);
  };

  /** @param {number} time @param {Axis} axis @param {Place} place */
  #ask(time, axis, place) {
    const now = performance.now();
    if (this.#pending && now - this.#pending.at < LOST_MS) return;
    const isThere = Math.abs(time - this.#asked.time) < axis.pixel_s / 2;
    const isMoved = this.#steps || !isThere;
    if (now - this.#asked.at < (isMoved ? ASK_MS : ASK_AGAIN_MS)) return;
    const { start, end } = axis;
    const reach_s = REACH_PX * axis.pixel_s;
    /** @type {Question} */
    const question = { kind: "ask", number: ++this.#number, time, reach_s, steps: this.#steps, start, end };
    this.#asked = { at: now, time };
    this.#pending = { ...question, at: now, x: place.x };
    this.#unansweredSince ??= now;
    this.#steps = 0;
    try {
      this.#model.send(question);
    } catch {
      // there is no kernel any more, and the browser's points have to do
    }
  }

  /** Whether the kernel has not answered for so long that the browser's points must do. */
  #isLate() {
    return this.#unansweredSince !== null && performance.now() - this.#unansweredSince > LATE_MS;
  }

  /** What the browser knows itself of the present place.
   * @param {Axis} axis @param {Place} place @returns {Told} */
  #ownAnswer(axis, place) {
    const steps = this.#steps + (this.#pending?.steps ?? 0);
    const marks = this.#marks();
    let time = this.#timeOf(place, axis);
    if (steps && place.time !== undefined) {
      this.#steps = 0;
      if (this.#pending) this.#pending.steps = 0; // an answer that still comes is of another place
      const next = stepped(marks.map(pointsOf), time, steps);
      if (next >= axis.start && next <= axis.end) time = next;
      this.#stepTo(time);
    }
    const lines = marks.map((mark) => {
      const [unit, isComputed] = this.#kinds.get(mark.model_id) ?? ["", false];
      const [at, value] = sampleAt(pointsOf(mark), isStates(mark), time, REACH_PX * axis.pixel_s);
      return /** @type {Answer["lines"][number]} */ ([mark.model_id, at, value, unit, isComputed]);
    });
    return { time, lines, apart_s: axis.pixel_s, isOwn: true };
  }

  /** @param {number} time */
  #stepTo(time) {
    const [place, edge, axis] = [{ time }, this.#edge, this.#axis()];
    this.#place = place;
    this.#isToSay = true;
    this.#edge = null;
    if (edge && axis) this.#select(edge, place, axis);
  }

  // The picture.

  #ground() {
    return this.#stage?.querySelector(".plotarea_background")?.getBoundingClientRect();
  }

  /** @returns {Model[]} */
  #marks() {
    return this.#figure.get("marks") ?? [];
  }

  /** The time axis: its ends, and how long a pixel is; null without a line.
   * @returns {Axis | null} */
  #axis() {
    const scale = this.#marks()[0]?.get("scales").x;
    const { width } = this.#ground() ?? NOWHERE;
    const [start, end] = [scale?.get("min"), scale?.get("max")];
    return width > 0 && end > start ? { start, end, pixel_s: (end - start) / width } : null;
  }

  /** @param {Place} place @param {Axis} axis */
  #timeOf({ x, time }, { start, pixel_s }) {
    return time ?? start + x * pixel_s;
  }

  /** As long as it is shown, as there is no event for all that may change beneath it. */
  #drawOn() {
    this.#animation = requestAnimationFrame(() => this.#drawOn());
    this.#followScales(this.#marks().flatMap((mark) => Object.values(mark.get("scales"))));
    const [place, axis] = [this.#place, this.#axis()];
    if (place && axis) this.#ask(this.#timeOf(place, axis), axis, place);
    this.#drawNow();
  }

  /** Be drawn anew together with the lines when the ends of a scale move, not one animation frame later.
   * @param {Model[]} scales */
  #followScales(scales) {
    const wanted = new Set(scales);
    for (const scale of this.#scales) if (!wanted.has(scale)) scale.off("change", this.#drawNow);
    for (const scale of wanted) if (!this.#scales.has(scale)) scale.on("change", this.#drawNow);
    this.#scales = wanted;
  }

  #drawNow = () => {
    const axis = this.#axis();
    if (!this.#place || !axis) return this.#hide();
    const answer = this.#isLate() ? this.#ownAnswer(axis, this.#place) : this.#answer;
    const place = this.#place; // which a step may have changed
    const time = this.#timeOf(place, axis);
    if (time < axis.start || time > axis.end) return this.#hide();
    this.#draw(answer, this.#hairTime(answer, time, axis, place), axis, place);
  };

  /** Where the hair line is: under a pointer that rests it goes along with what is said of it until that is renewed,
   * as the axis of a live picture moves on beneath.
   * @param {Told | null} answer @param {number} time @param {Axis} axis @param {Place} place */
  #hairTime(answer, time, axis, place) {
    const isAtRest = answer?.x !== undefined && answer.x === place.x;
    return isAtRest && answer.time >= axis.start && answer.time <= axis.end ? answer.time : time;
  }

  /** @param {Told | null} answer @param {number} time @param {Axis} axis @param {Place} place */
  #draw(answer, time, axis, place) {
    const { left, top, width, height } = this.#ground() ?? NOWHERE;
    const layer = this.#el.getBoundingClientRect(); // its stage may be scrolled
    const within = { left: left - layer.left, top: top - layer.top, within: layer.width, below: layer.height };
    const frame = { ...within, width, height };
    const x = (time - axis.start) / axis.pixel_s;
    const samples = answer ? this.#samples(answer, axis, x, frame, place) : [];
    const key = JSON.stringify([samples, x, place.y, frame]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const said = this.#readout.show({ samples, answer, time, x, y: place.y, frame });
    if (this.#isToSay && answer) {
      this.#isToSay = false;
      this.#said.textContent = said;
    }
  }

  /** What is known of each line, the nearest to the pointer first; by keyboard, the nearest in time.
   * @param {Told} answer @param {Axis} axis @param {number} x @param {Box} frame @param {Place} place
   * @returns {Shown[]} */
  #samples(answer, axis, x, frame, place) {
    const marks = new Map(this.#marks().map((mark) => [mark.model_id, mark]));
    /** @type {Shown[]} */
    const samples = answer.lines.flatMap(([id, time, value, unit, isComputed]) => {
      const mark = marks.get(id);
      if (!mark) return [];
      const isState = isStates(mark);
      const scale = mark.get("scales").y;
      const [least, greatest] = [scale.get("min"), scale.get("max")];
      const look = { color: mark.get("colors")[0], dash: DASHES[mark.get("line_style")] ?? "none" };
      const y = value === null ? 0 : frame.height * (1 - (value - least) / (greatest - least));
      const dot = time === null ? null : { x: isState ? x : (time - axis.start) / axis.pixel_s, y };
      const finest = isComputed ? (greatest - least) / frame.height / FINER_THAN_PX : 0;
      return [{ label: mark.get("labels")[0] ?? "", unit, time, value, finest, isState, dot, ...look }];
    });
    const far = (/** @type {Shown} */ one) => {
      if (one.dot === null || one.time === null) return FARTHEST;
      return place.time === undefined ? Math.abs(one.dot.y - place.y) : Math.abs(one.time - place.time);
    };
    return samples.sort((one, other) => far(one) - far(other));
  }
}

/** The elements over the picture. */
class Readout {
  #layer = svg("svg", { class: "mw-cursor-lines", "aria-hidden": "true" });
  #hair = svg("line", { class: "mw-cursor-hair" });
  /** @type {Element[]} */
  #dots = [];
  #box = element("div", "mw-cursor-box", { "aria-hidden": "true" });
  #head = element("div", "mw-cursor-time");
  /** @type {Row[]} */
  #rows = [];
  #more = element("div", "mw-cursor-more");

  /** @param {HTMLElement} el */
  constructor(el) {
    this.#layer.append(this.#hair);
    this.#box.append(this.#head, this.#more);
    el.append(this.#layer, this.#box);
    this.hide();
  }

  hide() {
    this.#layer.style.display = this.#box.style.display = "none";
  }

  /**
   * @param {object} what
   * @param {Shown[]} what.samples of each line, in the order of the rows; none while none are known
   * @param {Told | null} what.answer that they are from
   * @param {number} what.time of the hair line, epoch seconds
   * @param {number} what.x of the hair line in the picture, in px
   * @param {number | undefined} what.y of the pointer, if there is one
   * @param {Box} what.frame
   * @returns what the box says, as one text
   */
  show({ samples, answer, time, x, y, frame }) {
    this.#layer.style.display = "";
    const [left, top] = [round(frame.left + x), round(frame.top)];
    set(this.#hair, { x1: left, x2: left, y1: top, y2: round(frame.top + frame.height) });
    this.#showDots(samples, frame);
    this.#box.style.display = samples.length ? "" : "none";
    if (!samples.length || !answer) return "";
    const said = this.#write(samples, answer, time, y === undefined);
    this.#moveBox(left, y === undefined ? frame.top : frame.top + y, frame);
    return said;
  }

  /** @param {Shown[]} samples @param {Box} frame */
  #showDots(samples, { left, top, width, height }) {
    const dots = samples.flatMap(({ dot, color }) => {
      return dot && isWithin(dot.x, width) && isWithin(dot.y, height) ? [{ ...dot, color }] : [];
    });
    while (this.#dots.length < dots.length) {
      const circle = svg("circle", { class: "mw-cursor-dot", r: 4 });
      this.#dots.push(circle);
      this.#layer.append(circle);
    }
    for (const circle of this.#dots.splice(dots.length)) circle.remove();
    dots.forEach(({ x, y, color }, index) => {
      set(this.#dots[index], { cx: round(left + x), cy: round(top + y), fill: color });
    });
  }

  /** @param {Shown[]} samples @param {Told} answer @param {number} time @param {boolean} isStepped */
  #write(samples, { apart_s, isOwn }, time, isStepped) {
    const digits = digitsFor(apart_s);
    const [first] = samples;
    const at = first.time === null || first.isState || isStepped ? time : first.time;
    const about = isOwn ? "≈ " : "";
    const shown = samples.slice(0, MOST_ROWS);
    write(this.#head, about + clockTime(at, digits));
    while (this.#rows.length < shown.length) {
      const row = new Row();
      this.#rows.push(row);
      this.#more.before(row.root);
    }
    for (const row of this.#rows.splice(shown.length)) row.root.remove();
    const said = shown.map((sample, index) => {
      const apart = sample.isState || sample.time === null ? "" : offset(sample.time - at, digits);
      return this.#rows[index].show(sample, about, apart);
    });
    const more = samples.length - shown.length;
    write(this.#more, more ? `and ${more.toLocaleString("en")} more` : "");
    return [this.#head.textContent, ...said, this.#more.textContent].filter(Boolean).join(", ");
  }

  /** Beside the hair line where there is room, within the layer always.
   * @param {number} x @param {number} y @param {Box} frame */
  #moveBox(x, y, { within, below }) {
    const { offsetWidth, offsetHeight } = this.#box;
    const right = x + BESIDE_PX;
    const isRoomAtRight = right + offsetWidth <= within - MARGIN_PX;
    const left = isRoomAtRight ? right : x - BESIDE_PX - offsetWidth;
    const most = [within - offsetWidth - MARGIN_PX, below - offsetHeight - MARGIN_PX];
    const at = [left, y + BESIDE_PX].map((px, index) => round(Math.max(MARGIN_PX, Math.min(px, most[index]))));
    this.#box.style.transform = `translate(${at[0]}px, ${at[1]}px)`;
  }
}

/** One line in the box. */
class Row {
  root = element("div", "mw-cursor-row");
  #stroke = svg("line", { x1: 1, y1: 4, x2: 17, y2: 4, "stroke-width": 3 });
  #label = element("span", "mw-cursor-label");
  #value = element("span", "mw-cursor-value");
  #offset = element("span", "mw-cursor-offset");

  constructor() {
    const swatch = svg("svg", { width: 18, height: 8 });
    swatch.append(this.#stroke);
    this.root.append(swatch, this.#label, this.#value, this.#offset);
  }

  /** @param {Shown} sample @param {string} about @param {string} offsetText */
  show({ label, unit, value, finest, isState, color, dash }, about, offsetText) {
    set(this.#stroke, { stroke: color, "stroke-dasharray": dash });
    const number = value === null ? "–" : about + valueText(value, finest, isState);
    const text = unit && value !== null && !isState ? `${number}\u202f${unit}` : number;
    write(this.#label, label);
    write(this.#value, text);
    write(this.#offset, offsetText);
    return [label, text, offsetText].filter(Boolean).join(" ");
  }
}

// What the browser knows itself, as hover.py finds it in the series.

/** The points of a mark: those that the link draws, else those of its traits.
 * @param {Model} mark @returns {PointsOfLine} */
function pointsOf(mark) {
  const [time, value] = [mark.get("x"), mark.get("y")];
  return mark.mwPoints?.end ? mark.mwPoints : { time, value, start: 0, end: time?.length ?? 0 };
}

/** @param {Model} mark */
function isStates(mark) {
  return mark.get("interpolation") === "step-after";
}

/** The point at a time, of states that which holds there; nulls where nothing is known.
 * @param {PointsOfLine} points @param {boolean} isState @param {number} time @param {number} reach_s
 * @returns {Sample | [null, null]} */
export function sampleAt(points, isState, time, reach_s) {
  const behind = firstFrom(points, time);
  const isBreak = (/** @type {number} */ index) => Number.isNaN(points.value[index]);
  if (isState) {
    const held = firstFrom(points, time, true) - 1;
    if (held < points.start || isBreak(held)) return [null, null];
    const isKnown = held + 1 < points.end && !isBreak(held + 1);
    return isKnown || time - points.time[held] <= reach_s ? pointAt(points, held) : [null, null];
  }
  let around = [behind - 1, behind].filter((index) => index >= points.start && index < points.end);
  if (around.length < 2 || around.some(isBreak)) {
    around = [behind - 2, ...around, behind + 1].filter((index) => {
      const isThere = index >= points.start && index < points.end && !isBreak(index);
      return isThere && Math.abs(points.time[index] - time) <= reach_s;
    });
  }
  const distance = (/** @type {number} */ index) => Math.abs(points.time[index] - time);
  around.sort((one, other) => distance(one) - distance(other));
  return around.length ? pointAt(points, around[0]) : [null, null];
}

/** The time of the point so many points on from a time, or back, of all lines together.
 * @param {PointsOfLine[]} lines @param {number} time @param {number} steps */
export function stepped(lines, time, steps) {
  for (let step = 0; step < Math.abs(steps); step++) {
    const times = lines.map((points) => (steps > 0 ? later : earlier)(points, time));
    time = steps > 0 ? Math.min(...times) : Math.max(...times);
  }
  return time;
}

/** @param {PointsOfLine} points @param {number} from */
function later(points, from) {
  const index = firstFrom(points, from, true);
  return index < points.end ? points.time[index] : Infinity;
}

/** @param {PointsOfLine} points @param {number} from */
function earlier(points, from) {
  const index = firstFrom(points, from) - 1;
  return index >= points.start ? points.time[index] : -Infinity;
}

/** @param {PointsOfLine} points @param {number} index @returns {Sample} */
function pointAt({ time, value }, index) {
  return [time[index], value[index]];
}

/** The index of the first point at a time or later; only later where `isBehind`.
 * @param {PointsOfLine} points @param {number} moment @param {boolean} isBehind */
function firstFrom({ time, start, end }, moment, isBehind = false) {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind ? time[middle] <= moment : time[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Words.

/** How many digits of a second it takes to tell samples apart.
 * @param {number | null} apart_s */
export function digitsFor(apart_s) {
  if (apart_s === null || apart_s >= 10) return 0;
  return apart_s >= 0.002 ? 3 : 6;
}

/** The time of day on the viewer's clock, with the day where it is not today. As a clock does, it shows what has passed.
 * @param {number} time @param {number} digits of the second */
export function clockTime(time, digits) {
  const whole_us = Math.round(1e6 * time); // numbers of seconds are no finer
  const whole_s = Math.floor(whole_us / 1e6);
  const moment = new Date(1000 * whole_s);
  const pad = (/** @type {number} */ number, /** @type {number} */ length) => String(number).padStart(length, "0");
  const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((part) => pad(part, 2)).join(":");
  const isToday = moment.toDateString() === new Date().toDateString();
  const day = isToday ? "" : `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()} `;
  return day + clock + (digits ? `.${pad(whole_us - 1e6 * whole_s, 6).slice(0, digits)}` : "");
}

/** How far a sample is from the time above; "" where that says the same.
 * @param {number} seconds @param {number} digits */
export function offset(seconds, digits) {
  const size = Math.abs(seconds);
  if (size < 0.5 * 10 ** -digits) return "";
  const [unit, length_s] = UNITS.find(([, from]) => size >= from) ?? FINEST_UNIT;
  return `${seconds < 0 ? "−" : "+"}${Number((size / length_s).toPrecision(2))}\u202f${unit}`;
}

/** A value with all digits that were sent; what a computer adds behind the fifteenth is left out, and what is finer than
 * `finest`.
 * @param {number} value @param {number} finest @param {boolean} isState */
export function valueText(value, finest, isState) {
  if (isState && (value === 0 || value === 1)) return value ? "on" : "off";
  const wanted = finest > 0 && value !== 0 ? Math.ceil(Math.log10(Math.abs(value) / finest)) : 15;
  const digits = Number(value.toPrecision(Math.max(2, Math.min(wanted, 15))));
  const isExtreme = digits !== 0 && (Math.abs(digits) < 1e-4 || Math.abs(digits) >= 1e15);
  return isExtreme ? digits.toExponential() : digits.toLocaleString("en", { maximumFractionDigits: 20 });
}

// Elements.

/** @param {string} name @param {string} className @param {Attributes} attributes */
function element(name, className, attributes = {}) {
  const made = Object.assign(document.createElement(name), { className });
  return set(made, attributes);
}

/** @param {string} name @param {Attributes} attributes */
function svg(name, attributes) {
  return set(document.createElementNS(SVG, name), attributes);
}

/** @template {Element} E @param {E} target @param {Attributes} attributes @returns {E} */
function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
  return target;
}

/** @param {EventTarget | null} target @param {string} selector */
function isIn(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}

/** @param {Element} target @param {string} text */
function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** @param {number} px */
function round(px) {
  return Math.round(10 * px) / 10;
}

/** @param {number} px @param {number} size */
function isWithin(px, size) {
  return px >= -1 && px <= size + 1;
}
