// Zooming, panning and brushing in the picture, and the few controls over it: tools, and the way back to live.
//
// Traits, kernel to browser: figure, time_scale, value_scales, held (model ids), badge ([text, explanation]),
//   answered: 7                                   the number of the latest message that the picture goes by
// Messages, browser to kernel:
//   {kind: "look", number: 8, span: [start, end] | null, values: {scale: [low, high]}}
//     the ends of the time axis in epoch seconds, null for those of before; of value scales those that were moved
//   {kind: "live", number: 9, scales: [ids] | null}   go with the newest again, and fit the values; or only these
//   {kind: "select", span: [start, end] | null, edge: "start" | "end" | null}
//     a span of time was brushed; null: none any more. With an edge only that one is meant, and the other one stays
//     where a selection has it
//
// look.js has the picture follow the hand, and tells the kernel.

const KEYS =
  "Picture: arrow keys move, + and - zoom, comma and full stop go from sample to sample, " +
  "[ and ] select from there and to there, Escape goes back to live";
const TOOLS = [
  {
    name: "pan",
    label: "Pan",
    key: "P",
    does: "drag moves along in time",
    icon: "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6L2 8l2 2M12 6l2 2-2 2",
  },
  {
    name: "zoom",
    label: "Zoom",
    key: "Z",
    does: "drag a box; with another tool, Shift and drag",
    icon: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14M5 7h4M7 5v4",
  },
  {
    name: "select",
    label: "Select",
    key: "B",
    does: "drag over a span of time; with another tool, Alt and drag; at the cursor [ sets its start, ] its end",
    icon: "M4.5 2.5v11M11.5 2.5v11M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2",
  },
];
const HINT = "Click the picture, or hold Ctrl, and the wheel zooms";
const HINT_MS = 1800;
const CLICK_PX = 4;
const FLAT_PX = 12; // a box that is no higher leaves the values as they are, one that is no wider the time
const WHEEL = 0.0018; // by how much a pixel of the wheel zooms, as an exponent
const FASTEST_WHEEL = 0.7;
const PINCH_PX = 40; // a wheel with Ctrl that turns by less is two fingers on a trackpad,
const PINCH = 10; // which are to go so many times as far
const WHEEL_STANDS_MS = 150;
const SCROLL_STANDS_MS = 400; // one turn of a mouse's wheel after the other scrolls on
const MODIFIERS = ["Alt", "AltGraph", "Control", "Meta", "Shift"];
const STEP = 0.1; // of the axis, for an arrow key
const FACTOR = 1.4; // for a key
const SVG = "http://www.w3.org/2000/svg";

export default () => {
  let look;
  return {
    async initialize({ model }) {
      const { Look } = await load(model.get("_look"));
      look = new Look(model);
      return () => look.close();
    },
    render({ model, el }) {
      const over = new Overlay(model, el, look);
      return () => over.close();
    },
  };
};

/** A module of its text. */
async function load(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The controls over one view of the picture, and who listens to mouse and keys there. */
class Overlay {
  #model;
  #el;
  #look;
  #stage = null;
  #tool = "pan";
  #tools;
  #badge;
  #rubber;
  #hint;
  #hintTimer = null;
  #drag = null;
  #moving = null; // what the next animation frame moves
  #animation = null;
  #turning = null; // the wheel: whether it began here (isHere), moves the picture (isMoving), does no more (isSpent)
  #wheelTimer = null;
  #figure = null;
  #listening = new AbortController();

  constructor(model, el, look) {
    this.#model = model;
    this.#el = el;
    this.#look = look;
    this.#build();
    model.on("change:badge", this.#showBadge);
    this.#showBadge();
    this.#attachSoon();
    model.widget_manager.get_model(model.get("figure")).then((figure) => {
      this.#figure = figure;
      figure.on("change:fig_margin", this.#place);
      this.#place();
    }, () => {});
  }

  close() {
    this.#listening.abort();
    clearTimeout(this.#hintTimer);
    cancelAnimationFrame(this.#animation);
    this.#standStill();
    if (this.#drag?.isMoving) this.#look.end();
    this.#model.off("change:badge", this.#showBadge);
    this.#figure?.off("change:fig_margin", this.#place);
  }

  // Building.

  #build() {
    this.#tools = element("div", "mw-tools", { role: "toolbar", "aria-label": "What dragging does" });
    this.#tools.append(...TOOLS.map((tool) => this.#buttonOf(tool)));
    this.#badge = element("button", "mw-way-back", { type: "button" });
    this.#badge.addEventListener("click", () => {
      this.#goLive();
      this.#stage?.focus({ preventScroll: true }); // the button goes
    });
    this.#rubber = element("div", "mw-rubber");
    this.#rubber.hidden = true;
    this.#hint = element("div", "mw-hint", { role: "status" });
    this.#el.append(this.#rubber, this.#hint, this.#tools, this.#badge);
  }

  #buttonOf({ name, label, key, does, icon }) {
    const title = `${label} (${key}): ${does}`;
    const button = element("button", "", { type: "button", "aria-label": label, title });
    button.dataset.mwTool = name;
    button.append(drawingOf(icon));
    button.addEventListener("click", () => this.#choose(name));
    return button;
  }

  /** The stage is there once this element is on the page. */
  #attachSoon() {
    const stage = this.#el.closest(".mw-stage");
    if (stage) this.#attach(stage);
    else if (!this.#listening.signal.aborted) requestAnimationFrame(() => this.#attachSoon());
  }

  #attach(stage) {
    this.#stage = stage;
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", KEYS);
    const listen = (name, listener, options = {}) =>
      stage.addEventListener(name, listener, { signal: this.#listening.signal, ...options });
    listen("pointerdown", this.#down);
    listen("pointermove", this.#dragged);
    listen("pointerup", this.#up);
    listen("pointercancel", (event) => this.#drag?.fingers.has(event.pointerId) && this.#cancel());
    listen("dblclick", this.#doubleClick);
    listen("wheel", this.#wheel, { passive: false });
    addEventListener("wheel", this.#turn, { signal: this.#listening.signal, capture: true, passive: true });
    listen("mw-edge", ({ detail }) => this.#selectFrom(detail));
    listen("keydown", this.#key);
    addEventListener("keydown", this.#claimKey, { signal: this.#listening.signal, capture: true });
    listen("keyup", this.#markKeys); // :focus-visible also matches what a script has focused after a click
    listen("blur", this.#unmarkKeys);
    this.#choose(this.#tool);
    this.#place();
  }

  #markKeys = ({ key }) => {
    if (!MODIFIERS.includes(key)) this.#stage.toggleAttribute("data-mw-keys", !this.#drag); // those go with a mouse, too
  };

  #unmarkKeys = () => this.#stage.removeAttribute("data-mw-keys");

  #choose(tool) {
    this.#tool = tool;
    for (const button of this.#tools.children) button.setAttribute("aria-pressed", button.dataset.mwTool === tool);
    if (this.#stage) this.#stage.dataset.mwTool = tool;
  }

  #showBadge = () => {
    const [text, explanation] = this.#model.get("badge");
    if (this.#badge.textContent !== text) this.#badge.textContent = text;
    this.#badge.title = explanation;
    this.#badge.hidden = !text;
  };

  #place = () => {
    const margin = this.#figure?.get("fig_margin");
    if (!margin || !this.#stage) return;
    this.#stage.style.setProperty("--mw-plot-left", `${margin.left}px`);
    this.#stage.style.setProperty("--mw-plot-right", `${margin.right}px`);
  };

  /** Where the lines are, on the screen. */
  #area() {
    return this.#stage.querySelector(".plotarea_events")?.getBoundingClientRect();
  }

  // Dragging.

  #down = (event) => {
    if (event.pointerType === "touch" && !event.isPrimary) return this.#beginPinch(event);
    if (event.button !== 0 || !event.isPrimary || this.#isControl(event.target)) return;
    const area = this.#area();
    if (!area || !this.#look.time || this.#drag?.isMoving) return;
    this.#stage.focus({ preventScroll: true });
    this.#unmarkKeys();
    const place = placeIn(area, event);
    if (!place) return;
    const kind = place !== "plot" ? "pan" : event.altKey ? "select" : event.shiftKey ? "zoom" : this.#tool;
    const scales = this.#scalesAt(place).map((scale) => [scale, scale.ends]);
    const fingers = new Map([[event.pointerId, placeOf(event)]]);
    this.#drag = { kind, area, x: event.clientX, y: event.clientY, scales, fingers, isMoving: false };
  };

  /** A second finger: the time between both goes with them, whatever the first one was about. */
  #beginPinch(event) {
    const drag = this.#drag;
    if (drag?.fingers.size !== 1) return;
    this.#cancel();
    this.#look.begin();
    const fingers = new Map([...drag.fingers, [event.pointerId, placeOf(event)]]);
    const { time } = this.#look;
    const origin = { began: spreadOf(fingers), ends: time.ends, before: this.#look.placesOf([time]) };
    this.#drag = { kind: "pinch", area: drag.area, fingers, ...origin, isMoving: true };
  }

  #pinch() {
    const { area, fingers, began, ends } = this.#drag;
    const now = spreadOf(fingers);
    const [from, to] = [began, now].map(({ middle }) => (middle - area.left) / area.width);
    const factor = this.#look.timeFactor(ends, began.apart / now.apart);
    this.#moveSoon(new Map([[this.#look.time, shifted(scaled(ends, from, factor), from - to)]]));
  }

  #dragged = (event) => {
    const drag = this.#drag;
    if (!drag?.fingers.has(event.pointerId)) return;
    drag.fingers.set(event.pointerId, placeOf(event));
    if (drag.kind === "pinch") return this.#pinch();
    if (!drag.isMoving) {
      if (!event.buttons) return (this.#drag = null); // let go of elsewhere
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < CLICK_PX) return;
      drag.isMoving = true;
      this.#look.begin();
      drag.before = this.#look.placesOf(drag.scales.map(([scale]) => scale));
      if (isBox(drag)) this.#look.hold(); // what is in the box is what is taken
      this.#stage.setPointerCapture(event.pointerId);
      this.#stage.dataset.mwGesture = drag.kind;
    }
    if (drag.kind === "pan") {
      const x = (event.clientX - drag.x) / drag.area.width;
      const y = (event.clientY - drag.y) / drag.area.height;
      const along = ([scale, ends]) => [scale, shifted(ends, scale === this.#look.time ? -x : y)];
      this.#moveSoon(new Map(drag.scales.map(along)));
    } else this.#drawRubber(event);
  };

  #up = (event) => {
    const drag = this.#drag;
    if (!drag?.fingers.has(event.pointerId)) return;
    if (!drag.isMoving) {
      this.#drag = null;
      if (drag.kind === "select") this.#look.select(null);
      return;
    }
    if (drag.kind === "select") this.#selectIn(boxOf(drag, event));
    if (drag.kind === "zoom") this.#zoomInto(boxOf(drag, event));
    this.#endDrag();
  };

  /** Leave a drag as if it had not been begun. */
  #cancel = () => {
    const drag = this.#drag;
    this.#dropMoves();
    if (drag?.isMoving && !isBox(drag)) this.#look.restore(drag.before);
    this.#endDrag();
  };

  #endDrag() {
    if (!this.#drag) return;
    this.#moveNow();
    if (this.#drag.isMoving) this.#look.end();
    this.#drag = null;
    this.#rubber.hidden = true;
    delete this.#stage.dataset.mwGesture;
  }

  #selectIn({ left, right }) {
    this.#look.select(part(this.#look.time.ends, left, right));
  }

  /** Select from a time to the end of what is seen, or to a time from its start, unless a selection has that end. */
  #selectFrom({ edge, time }) {
    const [start, end] = this.#look.time.ends;
    this.#look.select(edge === "start" ? [time, end] : [start, time], edge);
  }

  #zoomInto(box) {
    const ends = new Map();
    if (!box.isNarrow) ends.set(this.#look.time, part(this.#look.time.ends, box.left, box.right));
    for (const scale of box.isFlat ? [] : this.#look.values) {
      if (scale) ends.set(scale, part(scale.ends, 1 - box.bottom, 1 - box.top));
    }
    this.#moveSoon(ends);
  }

  #drawRubber(event) {
    const { kind, area } = this.#drag;
    const { left, right, top, bottom, isFlat, isNarrow } = boxOf(this.#drag, event);
    const over = this.#el.getBoundingClientRect();
    this.#rubber.hidden = isFlat && isNarrow;
    this.#rubber.dataset.mwKind = kind;
    Object.assign(this.#rubber.style, {
      left: `${area.left - over.left + left * area.width}px`,
      width: `${(right - left) * area.width}px`,
      top: `${area.top - over.top + top * area.height}px`,
      height: `${(bottom - top) * area.height}px`,
    });
  }

  /** What goes along with a hand there: a value axis by itself; elsewhere time, and values that somebody chose. */
  #scalesAt(place) {
    const values = this.#look.values;
    if (place === "left" || place === "right") return [values[place === "left" ? 0 : 1]].filter(Boolean);
    const along = place === "plot" && this.#look.hasChosenValues ? values.filter(Boolean) : [];
    return [this.#look.time, ...along];
  }

  // Wheel and keys.

  /** Every turn of the wheel on the page comes by here first. It has no end: it is over when it stands still. */
  #turn = (event) => {
    this.#turning ??= { isHere: event.composedPath().includes(this.#stage), isMoving: false };
    clearTimeout(this.#wheelTimer);
    const stands_ms = this.#turning.isHere ? WHEEL_STANDS_MS : SCROLL_STANDS_MS;
    this.#wheelTimer = setTimeout(() => this.#standStill(), stands_ms);
  };

  #standStill() {
    clearTimeout(this.#wheelTimer);
    const { isMoving } = this.#turning ?? {};
    this.#turning = null;
    if (!isMoving) return;
    this.#moveNow();
    this.#look.end();
  }

  #wheel = (event) => {
    const area = this.#area();
    const place = area && placeIn(area, event);
    if (!place || !this.#look.time || this.#isControl(event.target)) return;
    const isHeld = event.ctrlKey || event.metaKey;
    if (!isHeld && !this.#turning.isHere) return; // the page scrolls, and has brought us under the pointer
    if (!isHeld && !this.#stage.contains(document.activeElement)) return this.#showHint(); // the page scrolls
    event.preventDefault();
    if (this.#turning.isSpent) return;
    const px = [1, 16, 400][event.deltaMode]; // a pixel, a line, a page
    if (!this.#turning.isMoving) this.#look.begin();
    this.#turning.isMoving = true;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return this.#moveBy([this.#look.time], (ends) => shifted(ends, (px * event.deltaX) / area.width));
    }
    const isPinch = event.ctrlKey && event.deltaMode === 0 && Math.abs(event.deltaY) < PINCH_PX;
    const turned = WHEEL * (isPinch ? PINCH : px) * event.deltaY;
    const factor = Math.exp(Math.max(-FASTEST_WHEEL, Math.min(FASTEST_WHEEL, turned)));
    const isValues = place === "left" || place === "right";
    const across = (event.clientX - area.left) / area.width;
    const at = isValues ? (area.bottom - event.clientY) / area.height : across;
    if (isValues) this.#moveBy(this.#scalesAt(place), (ends) => scaled(ends, at, factor));
    else this.#zoomTime(at, factor);
  };

  /** JupyterLab, whose listener comes next, takes what is not ours: Ctrl+S and Shift+Enter, but no X, which would cut
   * the cell beside our Z. */
  #claimKey = (event) => {
    if (!event.composedPath().includes(this.#stage)) return;
    const { key, shiftKey, target } = event;
    const isPress = key === "Enter" && !shiftKey && this.#isControl(target);
    const isOurs = !isModified(event) && (key.length === 1 || isPress || this.#actionOf(key) !== undefined);
    this.#stage.toggleAttribute("data-lm-suppress-shortcuts", isOurs);
  };

  #key = (event) => {
    if (isModified(event)) return;
    const isHere = event.target === this.#stage;
    const action = this.#actionOf(event.key, event.shiftKey);
    if (!action || !(isHere || event.key === "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  #actionOf(key, isLarge) {
    const { time, values } = this.#look;
    if (!time) return undefined;
    const step = isLarge ? 5 * STEP : STEP;
    const move = (scales, share) => () => this.#moveBy(scales.filter(Boolean), (ends) => shifted(ends, share));
    const zoom = (factor) => () => this.#zoomTime(0.5, factor);
    const live = () => this.#goLive();
    const leave = () => (this.#drag ? this.#cancel() : live());
    const actions = {
      ArrowLeft: move([time], -step),
      ArrowRight: move([time], step),
      ArrowUp: move(values, step),
      ArrowDown: move(values, -step),
      "+": zoom(1 / FACTOR),
      "=": zoom(1 / FACTOR),
      "-": zoom(FACTOR),
      _: zoom(FACTOR),
      Home: live,
      Escape: leave,
    };
    const tool = TOOLS.find((each) => each.key === key.toUpperCase());
    return actions[key] ?? (tool && (() => this.#choose(tool.name)));
  }

  #doubleClick = (event) => {
    if (this.#isControl(event.target)) return;
    const area = this.#area();
    const place = area && placeIn(area, event);
    this.#goLive(place === "left" || place === "right" ? this.#scalesAt(place) : null);
  };

  /** What the hand still does of before, on this frame or as a wheel that runs down, counts no more. */
  #goLive(scales = null) {
    this.#dropMoves();
    this.#look.goLive(scales);
    if (!this.#turning) return;
    if (this.#turning.isMoving) this.#look.end();
    Object.assign(this.#turning, { isMoving: false, isSpent: true });
  }

  // Moving, once per animation frame.

  #zoomTime(at, factor) {
    this.#moveBy([this.#look.time], (ends) => scaled(ends, at, this.#look.timeFactor(ends, factor)));
  }

  #moveBy(scales, change) {
    const pending = this.#moving ?? new Map();
    const moved = scales.map((scale) => [scale, change(pending.get(scale) ?? scale.ends)]);
    this.#moveSoon(new Map([...pending, ...moved]));
  }

  #moveSoon(ends) {
    this.#moving = ends;
    this.#animation ??= requestAnimationFrame(() => this.#moveNow());
  }

  #moveNow() {
    cancelAnimationFrame(this.#animation);
    this.#animation = null;
    const moving = this.#moving;
    this.#moving = null;
    if (moving) this.#look.move(moving);
  }

  #dropMoves() {
    cancelAnimationFrame(this.#animation);
    this.#animation = this.#moving = null;
  }

  #showHint() {
    this.#hint.textContent = HINT;
    this.#hint.classList.add("mw-shown");
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.#hint.classList.remove("mw-shown"), HINT_MS);
  }

  #isControl(target) {
    return target.closest?.("button, a, input, select") != null;
  }
}

function isModified({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

function element(name, className, attributes = {}) {
  const made = Object.assign(document.createElement(name), { className });
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawingOf(d) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/** On which part of the picture a pointer is: the plot, the time axis, a value axis; null for none. */
function placeIn({ left, right, top, bottom }, { clientX: x, clientY: y }) {
  if (x >= left && x <= right) return y >= top && y <= bottom ? "plot" : y > bottom ? "time" : null;
  return y >= top && y <= bottom ? (x < left ? "left" : "right") : null;
}

function isBox({ kind }) {
  return kind === "select" || kind === "zoom";
}

function placeOf({ clientX, clientY }) {
  return [clientX, clientY];
}

/** Where the middle between two fingers is across the page, and how far they are apart, in px. */
function spreadOf(fingers) {
  const [[x, y], [otherX, otherY]] = fingers.values();
  return { middle: (x + otherX) / 2, apart: Math.max(1, Math.hypot(x - otherX, y - otherY)) };
}

/** What a drag has drawn, in parts of the area, from its left and upper edge; all of it where it has no extent. */
function boxOf({ kind, area, x, y }, event) {
  const clip = (share) => Math.max(0, Math.min(1, share));
  const across = [x, event.clientX].map((each) => clip((each - area.left) / area.width)).sort((a, b) => a - b);
  const down = [y, event.clientY].map((each) => clip((each - area.top) / area.height)).sort((a, b) => a - b);
  const isFlat = kind === "select" || Math.abs(event.clientY - y) < FLAT_PX;
  const isNarrow = kind === "zoom" && Math.abs(event.clientX - x) < FLAT_PX;
  const [left, right] = isNarrow ? [0, 1] : across;
  const [top, bottom] = isFlat ? [0, 1] : down;
  return { left, right, top, bottom, isFlat, isNarrow };
}

function part([low, high], from, to) {
  return [low + from * (high - low), low + to * (high - low)];
}

function shifted([low, high], share) {
  return [low + share * (high - low), high + share * (high - low)];
}

/** Ends that are `factor` times as far apart, the value at `share` staying where it is. */
function scaled([low, high], share, factor) {
  const still = low + share * (high - low);
  return [still - (still - low) * factor, still + (high - still) * factor];
}
