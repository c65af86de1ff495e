// Zooming, panning and brushing in the picture, and the few controls that lie over it: tools, and the way back to live.
//
// Traits, kernel to browser: figure, time_scale, value_scales, held (model ids), badge ([text, explanation]),
//   answered: 7                                   the number of the latest message that the picture takes into account
// Messages, browser to kernel:
//   {kind: "look", number: 8, span: [start, end] | null, values: {scale: [low, high]}, width: 1004}
//     the ends of the time axis in epoch seconds, null for those of before; of value scales those that were moved;
//     how many pixels wide the picture is
//   {kind: "live", number: 9}                     go with the newest again, and fit the values
//   {kind: "select", span: [start, end] | null}   a span of time was brushed; null: none any more
//
// The picture follows the hand at once: the ends of its scales are set here, and what lines there are go along. The
// kernel is told twenty times a second at most, and only when it has answered: it sends a picture cut for the place
// where the hand is. Until that has come, what it says of these scales waits.

const TOOLS = [
  ["pan", "Pan", "P", "drag moves along in time; wheel zooms", "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6L2 8l2 2M12 6l2 2-2 2"],
  ["zoom", "Zoom", "Z", "drag a box; or Shift and drag", "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14M5 7h4M7 5v4"],
  ["select", "Select", "B", "drag over a span of time; or Alt and drag", "M4.5 2.5v11M11.5 2.5v11M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2"],
];
const HINT = "Click the picture, or hold Ctrl, and the wheel zooms";
const HINT_MS = 1800;
const SEND_MS = 50;
const UNANSWERED_MS = 3000;
const CLICK_PX = 4;
const FLAT_PX = 12; // a box that is no higher leaves the values as they are
const WHEEL = 0.0018;
const STEP = 0.1; // of the axis, for an arrow key
const FACTOR = 1.4; // for a key
const SHORTEST_S = 0.001;
const LONGEST_S = 3e9;
const EARLIEST_S = -2.2e9;
const LATEST_S = 7.2e9;
const LEAST_SPAN = 1e-8; // of a value axis, as part of its values
const SVG = "http://www.w3.org/2000/svg";

export default () => {
  let look;
  return {
    initialize({ model }) {
      look = new Look(model);
      return () => look.close();
    },
    render({ model, el }) {
      const over = new Overlay(model, el, look);
      return () => over.close();
    },
  };
};

/** What part of time and values this page shows of one plot, ahead of the kernel. */
class Look {
  #model;
  #scales = new Map(); // model id -> Scale
  #moved = new Set(); // ids of scales that the kernel has not heard of
  #isMoving = 0; // hands that are in the midst of something
  #sent = 0;
  #sentAt = -Infinity;
  #timer = null;
  #width = 1000;

  constructor(model) {
    this.#model = model;
    model.on("change:answered", this.#answered);
    model.on("change:time_scale change:value_scales", this.#findScales);
    this.#findScales();
  }

  close() {
    clearTimeout(this.#timer);
    this.#model.off("change:answered", this.#answered);
    this.#model.off("change:time_scale change:value_scales", this.#findScales);
    for (const scale of this.#scales.values()) scale.close();
  }

  get time() {
    return this.#scales.get(this.#model.get("time_scale"));
  }

  /** The scales for values that can be moved; those of the left and the right axis first, null for one that stays. */
  get values() {
    return this.#model.get("value_scales").map((id) => this.#scales.get(id) ?? null);
  }

  /** Whether the ends of some are somebody's choice. */
  get hasChosenValues() {
    return this.#model.get("held").length > 0;
  }

  begin() {
    this.#isMoving += 1;
  }

  end() {
    this.#isMoving -= 1;
    this.#settle();
  }

  /** Move scales: a Map of Scale to [low, high]. */
  move(ends, width) {
    this.#width = width;
    for (const [scale, [low, high]] of ends) {
      const fitting = scale === this.time ? withinTime(low, high) : withinNumbers(low, high);
      if (!fitting) continue;
      scale.move(...fitting);
      this.#moved.add(scale.id);
    }
    this.#tell();
  }

  goLive() {
    this.#moved.clear();
    this.#send({ kind: "live" });
    if (!this.#isConnected()) this.#release();
  }

  select(span) {
    this.#model.send({ kind: "select", span });
  }

  #findScales = () => {
    for (const id of [this.#model.get("time_scale"), ...this.#model.get("value_scales")]) {
      if (!id || this.#scales.has(id)) continue;
      this.#model.widget_manager.get_model(id).then(
        (model) => {
          if (this.#scales.has(id)) return;
          this.#scales.set(id, new Scale(id, model));
          model.once("destroy", () => this.#scales.delete(id));
        },
        () => {},
      );
    }
  };

  #tell() {
    if (this.#timer !== null || !this.#moved.size) return;
    const pause_ms = this.#isUnanswered() ? UNANSWERED_MS : SEND_MS;
    const wait_ms = this.#sentAt + pause_ms - performance.now();
    if (wait_ms > 0) this.#timer = setTimeout(this.#tellNow, wait_ms);
    else this.#tellNow();
  }

  #tellNow = () => {
    this.#timer = null;
    const moved = [...this.#moved].map((id) => this.#scales.get(id)).filter(Boolean);
    this.#moved.clear();
    if (!moved.length) return;
    const span = moved.includes(this.time) ? this.time.ends : null;
    const values = moved.filter((scale) => scale !== this.time).map((scale) => [scale.id, scale.ends]);
    this.#send({ kind: "look", span, values: Object.fromEntries(values), width: this.#width });
  };

  #send(content) {
    if (!this.#isConnected()) return;
    this.#sent = Math.max(this.#sent, this.#model.get("answered")) + 1;
    this.#sentAt = performance.now();
    this.#model.send({ ...content, number: this.#sent });
  }

  #isUnanswered() {
    return this.#model.get("answered") < this.#sent;
  }

  #answered = () => {
    if (this.#isUnanswered()) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#tell();
    this.#settle();
  };

  /** Let the kernel's word count again when it has heard all. */
  #settle() {
    if (!this.#isMoving && !this.#moved.size && !this.#isUnanswered() && this.#isConnected()) this.#release();
  }

  #release() {
    for (const scale of this.#scales.values()) scale.release();
  }

  /** Not so in a saved notebook without a kernel, where what is there can be looked at. */
  #isConnected() {
    return this.time?.isConnected !== false;
  }
}

/** One scale, whose ends the kernel sets, or the hand. */
class Scale {
  #model;
  #said; // by the kernel
  #isHeld = false;

  constructor(id, model) {
    this.id = id;
    this.#model = model;
    this.#said = { min: model.get("min"), max: model.get("max") };
    model.set_state = (state) => this.#hear(state);
  }

  close() {
    delete this.#model.set_state; // the class's own is behind it
  }

  get isConnected() {
    return this.#model.comm_live !== false;
  }

  get ends() {
    return [this.#model.get("min"), this.#model.get("max")];
  }

  move(min, max) {
    this.#isHeld = true;
    this.#set({ min, max });
  }

  release() {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#set(this.#said);
  }

  #hear(state) {
    const { min = this.#said.min, max = this.#said.max, ...rest } = state;
    this.#said = { min, max };
    this.#set(this.#isHeld ? rest : state);
  }

  #set(state) {
    Object.getPrototypeOf(this.#model).set_state.call(this.#model, state); // `set` would send it to the kernel
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
    this.#finishWheel();
    if (this.#drag?.isMoving) this.#look.end();
    this.#model.off("change:badge", this.#showBadge);
    this.#figure?.off("change:fig_margin", this.#place);
  }

  // Building.

  #build() {
    this.#tools = element("div", "mw-tools", { role: "toolbar", "aria-label": "What dragging in the picture does" });
    for (const [name, label, key, does, path] of TOOLS) {
      const button = element("button", "", { type: "button", "aria-label": label, title: `${label} (${key}): ${does}` });
      button.dataset.mwTool = name;
      button.append(icon(path));
      button.addEventListener("click", () => this.#choose(name));
      this.#tools.append(button);
    }
    this.#badge = element("button", "mw-way-back", { type: "button" });
    this.#badge.addEventListener("click", () => {
      this.#look.goLive();
      this.#stage?.focus({ preventScroll: true }); // the button goes
    });
    this.#rubber = element("div", "mw-rubber");
    this.#rubber.hidden = true;
    this.#hint = element("div", "mw-hint", { role: "status" });
    this.#el.append(this.#rubber, this.#hint, this.#tools, this.#badge);
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
    stage.setAttribute("aria-label", "Picture: arrow keys move, + and - zoom, Escape goes back to live");
    stage.dataset.lmSuppressShortcuts = "true"; // arrow keys and letters are ours, not the notebook's
    const listen = (name, listener, options = {}) =>
      stage.addEventListener(name, listener, { signal: this.#listening.signal, ...options });
    listen("pointerdown", this.#down);
    listen("pointermove", this.#dragged);
    listen("pointerup", this.#up);
    listen("pointercancel", this.#cancel);
    listen("dblclick", this.#doubleClick);
    listen("wheel", this.#wheel, { passive: false });
    listen("keydown", this.#key);
    listen("keyup", this.#markKeys); // :focus-visible also matches what a script has focused after a click
    listen("blur", this.#unmarkKeys);
    this.#choose(this.#tool);
    this.#place();
  }

  #markKeys = () => this.#stage.toggleAttribute("data-mw-keys", !this.#drag);

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
    if (event.button !== 0 || !event.isPrimary || this.#isControl(event.target)) return;
    const area = this.#area();
    if (!area || !this.#look.time || this.#drag) return;
    this.#stage.focus({ preventScroll: true });
    this.#unmarkKeys();
    const place = placeIn(area, event);
    if (!place) return;
    const kind = place !== "plot" ? "pan" : event.altKey ? "select" : event.shiftKey ? "zoom" : this.#tool;
    const scales = this.#scalesAt(place).map((scale) => [scale, scale.ends]);
    this.#drag = { kind, area, x: event.clientX, y: event.clientY, scales, isMoving: false };
  };

  #dragged = (event) => {
    const drag = this.#drag;
    if (!drag || !event.isPrimary) return;
    if (!drag.isMoving) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < CLICK_PX) return;
      drag.isMoving = true;
      this.#look.begin();
      this.#stage.setPointerCapture(event.pointerId);
      this.#stage.dataset.mwGesture = drag.kind;
    }
    if (drag.kind === "pan") {
      const x = (event.clientX - drag.x) / drag.area.width;
      const y = (event.clientY - drag.y) / drag.area.height;
      this.#moveSoon(new Map(drag.scales.map(([scale, ends]) => [scale, shifted(ends, scale === this.#look.time ? -x : y)])));
    } else this.#drawRubber(event);
  };

  #up = (event) => {
    const drag = this.#drag;
    if (!drag || !event.isPrimary) return;
    if (!drag.isMoving) {
      this.#drag = null;
      if (drag.kind === "select") this.#look.select(null);
      return;
    }
    const box = drag.kind === "pan" ? null : boxOf(drag, event);
    this.#endDrag();
    if (drag.kind === "select") this.#look.select(part(this.#look.time.ends, box.left, box.right));
    if (drag.kind === "zoom") this.#zoomInto(box);
  };

  #cancel = () => this.#endDrag();

  #endDrag() {
    if (!this.#drag) return;
    this.#moveNow();
    if (this.#drag.isMoving) this.#look.end();
    this.#drag = null;
    this.#rubber.hidden = true;
    delete this.#stage.dataset.mwGesture;
  }

  #zoomInto(box) {
    const ends = new Map([[this.#look.time, part(this.#look.time.ends, box.left, box.right)]]);
    for (const scale of box.isFlat ? [] : this.#look.values) {
      if (scale) ends.set(scale, part(scale.ends, 1 - box.bottom, 1 - box.top));
    }
    this.#moveSoon(ends);
  }

  #drawRubber(event) {
    const { kind, area } = this.#drag;
    const { left, right, top, bottom } = boxOf(this.#drag, event);
    const over = this.#el.getBoundingClientRect();
    this.#rubber.hidden = false;
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

  #wheel = (event) => {
    const area = this.#area();
    const place = area && placeIn(area, event);
    if (!place || !this.#look.time || this.#isControl(event.target)) return;
    if (!(event.ctrlKey || event.metaKey || this.#stage.contains(document.activeElement))) return this.#showHint();
    event.preventDefault();
    const px = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 400;
    this.#beginWheel();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return this.#moveBy([this.#look.time], (ends) => shifted(ends, (px * event.deltaX) / area.width));
    }
    const factor = Math.exp(Math.max(-0.7, Math.min(0.7, WHEEL * px * event.deltaY)));
    const isValues = place === "left" || place === "right";
    const at = isValues ? (area.bottom - event.clientY) / area.height : (event.clientX - area.left) / area.width;
    this.#moveBy(isValues ? this.#scalesAt(place) : [this.#look.time], (ends) => scaled(ends, at, factor));
  };

  /** A wheel has no end: it is over when it stands still. */
  #beginWheel() {
    if (this.#wheelTimer === null) this.#look.begin();
    clearTimeout(this.#wheelTimer);
    this.#wheelTimer = setTimeout(() => this.#finishWheel(), 150);
  }

  #finishWheel() {
    if (this.#wheelTimer === null) return;
    clearTimeout(this.#wheelTimer);
    this.#wheelTimer = null;
    this.#moveNow();
    this.#look.end();
  }

  #key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.#drag) return this.#endDrag();
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
    const zoom = (factor) => () => this.#moveBy([time], (ends) => scaled(ends, 0.5, factor));
    const live = () => this.#look.goLive();
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
      Escape: live,
    };
    const tool = TOOLS.find(([, , letter]) => letter === key.toUpperCase());
    return actions[key] ?? (tool && (() => this.#choose(tool[0])));
  }

  #doubleClick = (event) => {
    if (!this.#isControl(event.target)) this.#look.goLive();
  };

  // Moving, once per animation frame.

  #moveBy(scales, change) {
    const pending = this.#moving ?? new Map();
    this.#moveSoon(new Map([...pending, ...scales.map((scale) => [scale, change(pending.get(scale) ?? scale.ends)])]));
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
    const area = this.#area();
    if (moving && area) this.#look.move(moving, area.width);
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

function element(name, className, attributes = {}) {
  const made = Object.assign(document.createElement(name), { className });
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function icon(d) {
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

/** What a drag has drawn, in parts of the area, from its left and upper edge. */
function boxOf({ kind, area, x, y }, event) {
  const clip = (share) => Math.max(0, Math.min(1, share));
  const across = [x, event.clientX].map((each) => clip((each - area.left) / area.width)).sort((a, b) => a - b);
  const down = [y, event.clientY].map((each) => clip((each - area.top) / area.height)).sort((a, b) => a - b);
  const isFlat = kind === "select" || Math.abs(event.clientY - y) < FLAT_PX;
  const [top, bottom] = isFlat ? [0, 1] : down;
  return { left: across[0], right: across[1], top, bottom, isFlat };
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

/** Ends of a time axis as near to these as the kernel accepts. */
function withinTime(low, high) {
  const length = Math.max(SHORTEST_S * 1.001, Math.min(LONGEST_S, high - low));
  const middle = Math.max(EARLIEST_S + length / 2, Math.min(LATEST_S - length / 2, (low + high) / 2));
  return [middle - length / 2, middle + length / 2];
}

/** Ends of a value axis that it can be drawn between; null for what is none. */
function withinNumbers(low, high) {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return largest < 1e299 && high - low > LEAST_SPAN * largest && high - low > 1e-280 ? [low, high] : null;
}
