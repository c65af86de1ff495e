// The exact time and values under the pointer: a hair line, a dot on each line, and a box that says what they are. A
// layer over the picture that takes no part in what the pointer does there; it is hidden while something is dragged.
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
const STEPS = { ",": -1, ".": 1 };
const EDGES = { "[": "start", "]": "end" }; // of the selection
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DASHES = { solid: "none", dashed: "6 4", dotted: "2 4", dash_dotted: "6 3 2 3" };

export default {
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
  #stage = null;
  #attached;
  #pressed = []; // where, on the page
  #place = null; // {x, y}: px from the picture's upper left; or {time}: of a sample, by keyboard
  #animation = null;
  #scales = new Set(); // whose ends move the dots
  #drawn = "";
  #number = 0;
  #pending = null; // the question under way, with `at`: when it was asked
  #unansweredSince = null;
  #asked = { at: -Infinity, time: null };
  #answer = null;
  #steps = 0; // wanted by keyboard and not asked for yet
  #edge = null; // to be selected where the steps end
  #isToSay = false;
  #kinds = new Map(); // mark -> [unit, isComputed]

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

  #point(event) {
    const ground = this.#ground();
    const [x, y] = [event.clientX - ground?.left, event.clientY - ground?.top];
    const isInside = x >= 0 && y >= 0 && x <= ground?.width && y <= ground?.height;
    const isControl = event.target.closest?.("button");
    if (event.buttons || !isInside || isControl) return this.#hide();
    this.#steps = 0;
    this.#show({ x, y });
  }

  #press({ clientX, clientY }) {
    this.#pressed = [clientX, clientY];
    this.#hide();
  }

  /** A finger shows the cursor where it taps, a mouse wherever it is. */
  #isTap({ pointerType, isPrimary, clientX, clientY }) {
    const [x, y] = this.#pressed;
    return pointerType !== "touch" || (isPrimary && Math.hypot(clientX - x, clientY - y) < TAP_PX);
  }

  #hideElsewhere = (event) => {
    if (!event.composedPath().includes(this.#stage)) this.#hide();
  };

  #step(event) {
    const [step, edge] = [STEPS[event.key], EDGES[event.key]];
    const isTyping = event.target.closest?.("input, select, textarea");
    const isAlt = event.altKey && !edge; // which many keyboards need for a bracket
    if (isTyping || isAlt || event.metaKey || (event.ctrlKey && !event.altKey)) return;
    const axis = this.#axis();
    if (!axis || !(step || edge)) return;
    event.preventDefault();
    event.stopPropagation();
    if (edge) return this.#select(edge, axis);
    const time = this.#place ? this.#timeOf(this.#place, axis) : step > 0 ? axis.start : axis.end;
    this.#steps += step;
    this.#show({ time });
  }

  /** Have the selection begin or end where the cursor is: gestures.js tells the kernel. */
  #select(edge, axis) {
    if (!this.#place) return;
    if (this.#steps || this.#pending?.steps) return (this.#edge = edge);
    const detail = { edge, time: this.#timeOf(this.#place, axis) };
    this.#stage.dispatchEvent(new CustomEvent("mw-edge", { detail }));
  }

  #show(place) {
    this.#place = place;
    this.#animation ??= requestAnimationFrame(() => this.#drawOn());
  }

  #hide() {
    this.#place = this.#answer = this.#edge = null;
    this.#steps = 0;
    this.#drawn = "";
    cancelAnimationFrame(this.#animation);
    this.#animation = null;
    this.#followScales([]);
    this.#readout.hide();
  }

  // The kernel.

  #take = (content) => {
    if (content?.kind !== "answer" || content.number !== this.#pending?.number) return;
    const { steps, x } = this.#pending;
    this.#pending = this.#unansweredSince = null;
    for (const [mark, , , ...kind] of content.lines) this.#kinds.set(mark, kind);
    if (!this.#place) return;
    this.#answer = { ...content, x };
    if (steps && this.#place.time !== undefined) this.#stepTo(content.time);
  };

  #ask(time, axis) {
    const now = performance.now();
    if (this.#pending && now - this.#pending.at < LOST_MS) return;
    const isMoved = this.#steps || this.#asked.time === null || Math.abs(time - this.#asked.time) >= axis.pixel_s / 2;
    if (now - this.#asked.at < (isMoved ? ASK_MS : ASK_AGAIN_MS)) return;
    const { start, end } = axis;
    const reach_s = REACH_PX * axis.pixel_s;
    const question = { kind: "ask", number: ++this.#number, time, reach_s, steps: this.#steps, start, end };
    this.#asked = { at: now, time };
    this.#pending = { ...question, at: now, x: this.#place.x };
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

  /** What the browser knows itself of the present place. */
  #ownAnswer(axis) {
    const steps = this.#steps + (this.#pending?.steps ?? 0);
    const marks = this.#marks();
    if (steps && this.#place.time !== undefined) {
      this.#steps = this.#pending.steps = 0; // an answer that still comes is of another place
      const time = stepped(marks, this.#place.time, steps);
      this.#stepTo(time >= axis.start && time <= axis.end ? time : this.#place.time);
    }
    const time = this.#timeOf(this.#place, axis);
    const lines = marks.map((mark) => {
      const sample = sampleAt(mark, time, REACH_PX * axis.pixel_s);
      return [mark.model_id, ...sample, ...(this.#kinds.get(mark.model_id) ?? ["", false])];
    });
    return { time, lines, apart_s: axis.pixel_s, isOwn: true };
  }

  #stepTo(time) {
    this.#place = { time };
    this.#isToSay = true;
    const [edge, axis] = [this.#edge, this.#axis()];
    this.#edge = null;
    if (edge && axis) this.#select(edge, axis);
  }

  // The picture.

  #ground() {
    return this.#stage?.querySelector(".plotarea_background")?.getBoundingClientRect();
  }

  #marks() {
    return this.#figure.get("marks") ?? [];
  }

  /** The time axis: its ends, and how long a pixel is; null without a line. */
  #axis() {
    const scale = this.#marks()[0]?.get("scales").x;
    const { width } = this.#ground() ?? {};
    const [start, end] = [scale?.get("min"), scale?.get("max")];
    return width > 0 && end > start ? { start, end, pixel_s: (end - start) / width } : null;
  }

  #timeOf({ x, time }, { start, pixel_s }) {
    return time ?? start + x * pixel_s;
  }

  /** As long as it is shown, as there is no event for all that may change beneath it. */
  #drawOn() {
    this.#animation = requestAnimationFrame(() => this.#drawOn());
    this.#followScales(this.#marks().flatMap((mark) => Object.values(mark.get("scales"))));
    const axis = this.#axis();
    if (axis) this.#ask(this.#timeOf(this.#place, axis), axis);
    this.#drawNow();
  }

  /** Be drawn anew together with the lines when the ends of a scale move, not one animation frame later. */
  #followScales(scales) {
    const wanted = new Set(scales);
    for (const scale of this.#scales) if (!wanted.has(scale)) scale.off("change", this.#drawNow);
    for (const scale of wanted) if (!this.#scales.has(scale)) scale.on("change", this.#drawNow);
    this.#scales = wanted;
  }

  #drawNow = () => {
    const axis = this.#axis();
    if (!this.#place || !axis) return this.#hide();
    const answer = this.#isLate() ? this.#ownAnswer(axis) : this.#answer;
    const time = this.#timeOf(this.#place, axis);
    if (time < axis.start || time > axis.end) return this.#hide();
    this.#draw(answer, this.#hairTime(answer, time, axis), axis);
  };

  /** Where the hair line is: under a pointer that rests it goes along with what is said of it until that is renewed,
   * as the axis of a live picture moves on beneath. */
  #hairTime(answer, time, axis) {
    const isAtRest = answer?.x !== undefined && answer.x === this.#place.x;
    return isAtRest && answer.time >= axis.start && answer.time <= axis.end ? answer.time : time;
  }

  #draw(answer, time, axis) {
    const ground = this.#ground();
    const layer = this.#el.getBoundingClientRect(); // its stage may be scrolled
    const frame = { left: ground.left - layer.left, top: ground.top - layer.top, width: ground.width };
    Object.assign(frame, { height: ground.height, within: layer.width, below: layer.height });
    const x = (time - axis.start) / axis.pixel_s;
    const samples = answer ? this.#samples(answer, axis, x, frame) : null;
    const key = JSON.stringify([samples, x, this.#place.y, frame]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const said = this.#readout.show({ samples, answer, time, x, y: this.#place.y, frame });
    if (this.#isToSay && answer) {
      this.#isToSay = false;
      this.#said.textContent = said;
    }
  }

  /** What is known of each line, the nearest to the pointer first; by keyboard, the nearest in time. */
  #samples(answer, axis, x, frame) {
    const marks = new Map(this.#marks().map((mark) => [mark.model_id, mark]));
    const samples = answer.lines.flatMap(([id, time, value, unit, isComputed]) => {
      const mark = marks.get(id);
      if (!mark) return [];
      const isState = isStates(mark);
      const scale = mark.get("scales").y;
      const [least, greatest] = [scale.get("min"), scale.get("max")];
      const look = { color: mark.get("colors")[0], dash: DASHES[mark.get("line_style")] ?? "none" };
      const dot = time === null ? null : { x: isState ? x : (time - axis.start) / axis.pixel_s };
      if (dot) dot.y = frame.height * (1 - (value - least) / (greatest - least));
      const finest = isComputed ? (greatest - least) / frame.height / FINER_THAN_PX : 0;
      return [{ label: mark.get("labels")[0] ?? "", unit, time, value, finest, isState, dot, ...look }];
    });
    const { y, time } = this.#place;
    const far = (one) => {
      if (one.dot === null) return FARTHEST;
      return y === undefined ? Math.abs(one.time - time) : Math.abs(one.dot.y - y);
    };
    return samples.sort((one, other) => far(one) - far(other));
  }
}

/** The elements over the picture. */
class Readout {
  #layer = svg("svg", { class: "mw-cursor-lines", "aria-hidden": "true" });
  #hair = svg("line", { class: "mw-cursor-hair" });
  #dots = [];
  #box = element("div", "mw-cursor-box", { "aria-hidden": "true" });
  #head = element("div", "mw-cursor-time");
  #rows = [];
  #more = element("div", "mw-cursor-more");

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
   * @param samples of each line, in the order of the rows; null while none are known
   * @param answer that they are from
   * @param time of the hair line, epoch seconds
   * @param x, y of the pointer in the picture, in px; y undefined without one
   * @param frame where the picture is in the layer, in px, and how large the layer is
   * @returns what the box says, as one text
   */
  show({ samples, answer, time, x, y, frame }) {
    this.#layer.style.display = "";
    const [left, top] = [round(frame.left + x), round(frame.top)];
    set(this.#hair, { x1: left, x2: left, y1: top, y2: round(frame.top + frame.height) });
    this.#showDots(samples ?? [], frame);
    this.#box.style.display = samples?.length ? "" : "none";
    if (!samples?.length) return "";
    const said = this.#write(samples, answer, time, y === undefined);
    this.#moveBox(left, y === undefined ? frame.top : frame.top + y, frame);
    return said;
  }

  #showDots(samples, { left, top, width, height }) {
    const dots = samples.filter(({ dot }) => dot && isWithin(dot.x, width) && isWithin(dot.y, height));
    while (this.#dots.length < dots.length) {
      this.#dots.push(svg("circle", { class: "mw-cursor-dot", r: 4 }));
      this.#layer.append(this.#dots.at(-1));
    }
    for (const circle of this.#dots.splice(dots.length)) circle.remove();
    dots.forEach(({ dot, color }, index) => {
      set(this.#dots[index], { cx: round(left + dot.x), cy: round(top + dot.y), fill: color });
    });
  }

  #write(samples, { apart_s, isOwn }, time, isStepped) {
    const digits = digitsFor(apart_s);
    const [first] = samples;
    const at = first.time === null || first.isState || isStepped ? time : first.time;
    const about = isOwn ? "≈ " : "";
    const shown = samples.slice(0, MOST_ROWS);
    write(this.#head, about + clockTime(at, digits));
    while (this.#rows.length < shown.length) {
      this.#rows.push(new Row());
      this.#more.before(this.#rows.at(-1).root);
    }
    for (const row of this.#rows.splice(shown.length)) row.root.remove();
    const said = shown.map((sample, index) => {
      const isElsewhere = !sample.isState && sample.time !== null;
      return this.#rows[index].show(sample, about, isElsewhere ? offset(sample.time - at, digits) : "");
    });
    const more = samples.length - shown.length;
    write(this.#more, more ? `and ${more.toLocaleString("en")} more` : "");
    return [this.#head.textContent, ...said, this.#more.textContent].filter(Boolean).join(", ");
  }

  /** Beside the hair line where there is room, within the layer always. */
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

// What the browser knows itself, as pointed.py finds it in the series.

/** The points of a mark: those that the link draws, else those of its traits. */
function pointsOf(mark) {
  const [time, value] = [mark.get("x"), mark.get("y")];
  return mark.mwPoints?.end ? mark.mwPoints : { time, value, start: 0, end: time?.length ?? 0 };
}

function isStates(mark) {
  return mark.get("interpolation") === "step-after";
}

/** [time, value] of the point at a time, of states that which holds there; nulls where nothing is known. */
function sampleAt(mark, time, reach_s) {
  const points = pointsOf(mark);
  const behind = firstFrom(points, time);
  const isBreak = (index) => Number.isNaN(points.value[index]);
  if (isStates(mark)) {
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
  const distance = (index) => Math.abs(points.time[index] - time);
  around.sort((one, other) => distance(one) - distance(other));
  return around.length ? pointAt(points, around[0]) : [null, null];
}

/** The time of the point so many points on from a time, or back, of all marks together. */
function stepped(marks, time, steps) {
  const later = ({ points, from }) => {
    const index = firstFrom(points, from, true);
    return index < points.end ? points.time[index] : Infinity;
  };
  const earlier = ({ points, from }) => {
    const index = firstFrom(points, from) - 1;
    return index >= points.start ? points.time[index] : -Infinity;
  };
  const all = marks.map(pointsOf);
  for (let step = 0; step < Math.abs(steps); step++) {
    const times = all.map((points) => (steps > 0 ? later : earlier)({ points, from: time }));
    time = steps > 0 ? Math.min(...times) : Math.max(...times);
  }
  return time;
}

function pointAt({ time, value }, index) {
  return [time[index], value[index]];
}

/** The index of the first point at a time or later; only later where `isBehind`. */
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

/** How many digits of a second it takes to tell samples apart. */
function digitsFor(apart_s) {
  if (apart_s === null || apart_s >= 10) return 0;
  return apart_s >= 0.002 ? 3 : 6;
}

/** The time of day on the viewer's clock, with the day where it is not today. */
function clockTime(time, digits) {
  const unit = 10 ** digits;
  const whole = Math.round(time * unit);
  const moment = new Date(Math.floor(whole / unit) * 1000);
  const pad = (number, length) => String(number).padStart(length, "0");
  const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((part) => pad(part, 2)).join(":");
  const isToday = moment.toDateString() === new Date().toDateString();
  const day = isToday ? "" : `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()} `;
  return day + clock + (digits ? `.${pad(whole - Math.floor(whole / unit) * unit, digits)}` : "");
}

/** How far a sample is from the time above; "" where that says the same. */
function offset(seconds, digits) {
  const size = Math.abs(seconds);
  if (size < 0.5 * 10 ** -digits) return "";
  const units = [["h", 3600], ["min", 60], ["s", 1], ["ms", 1e-3], ["µs", 0]]; // prettier-ignore
  const [unit, least] = units.find(([, from]) => size >= from);
  return `${seconds < 0 ? "−" : "+"}${Number((size / (least || 1e-6)).toPrecision(2))}\u202f${unit}`;
}

/** A value with all digits that were sent; what a computer adds behind the fifteenth is left out, and what is finer than
 * `finest`. */
function valueText(value, finest, isState) {
  if (isState && (value === 0 || value === 1)) return value ? "on" : "off";
  const wanted = finest > 0 && value !== 0 ? Math.ceil(Math.log10(Math.abs(value) / finest)) : 15;
  const digits = Number(value.toPrecision(Math.max(2, Math.min(wanted, 15))));
  const isExtreme = digits !== 0 && (Math.abs(digits) < 1e-4 || Math.abs(digits) >= 1e15);
  return isExtreme ? digits.toExponential() : digits.toLocaleString("en", { maximumFractionDigits: 20 });
}

// Elements.

function element(name, className, attributes = {}) {
  const made = Object.assign(document.createElement(name), { className });
  return set(made, attributes);
}

function svg(name, attributes) {
  return set(document.createElementNS(SVG, name), attributes);
}

function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
  return target;
}

function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function round(px) {
  return Math.round(10 * px) / 10;
}

function isWithin(px, size) {
  return px >= -1 && px <= size + 1;
}
