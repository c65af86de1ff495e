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
// viewport.js has the picture follow the hand, and tells the kernel.

const KEYS =
  "Picture: arrow keys move, + and - zoom, comma and full stop go from sample to sample, " +
  "[ and ] select from there and to there, Escape goes back to live";
/** @type {{ name: Kind, label: string, key: string, does: string, icon: string }[]} */
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

/**
 * @import { Look } from "./viewport.js"
 *
 * @typedef {NonNullable<Look["time"]>} Scale
 * @typedef {"plot" | "time" | "left" | "right"} Part of the picture: the lines, the time axis, a value axis
 * @typedef {"pan" | "zoom" | "select"} Kind
 * @typedef {[x: number, y: number]} Place on the page, in px
 * @typedef {Pick<PointerEvent, "clientX" | "clientY">} Point
 * @typedef {Pick<DOMRect, "left" | "right" | "top" | "bottom" | "width" | "height">} Area
 *
 * @typedef {object} Drag
 * @property {Kind} kind
 * @property {Area} area
 * @property {number} x where it began
 * @property {number} y
 * @property {[Scale, Ends][]} scales those that go along, and where they were
 * @property {Map<number, Place>} fingers
 * @property {boolean} isMoving whether it is more than a click
 * @property {Map<Scale, Ends | null>} [before]
 *
 * @typedef {object} Pinch
 * @property {"pinch"} kind
 * @property {Area} area
 * @property {Map<number, Place>} fingers
 * @property {{ middle: number, apart: number }} began
 * @property {Scale} time
 * @property {Ends} ends of the time axis, when it began
 * @property {true} isMoving
 * @property {Map<Scale, Ends | null>} before
 *
 * @typedef {{ left: number, right: number, top: number, bottom: number, isFlat: boolean, isNarrow: boolean }} Box
 */

export default () => {
  /** @type {Look} */
  let look;
  return {
    /** @param {{ model: Model<GestureTraits, GestureMessage> }} page */
    async initialize({ model }) {
      const { Look } = await load(model.get("_look"));
      look = new Look(model);
      return () => look.close();
    },
    /** @param {{ model: Model<GestureTraits, GestureMessage>, el: HTMLElement }} page */
    render({ model, el }) {
      const over = new Overlay(model, el, look);
      return () => over.close();
    },
  };
};

/** A module of its text.
 * @param {string} text */
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
  /** @type {HTMLElement | null} */
  #stage = null;
  /** @type {Kind} */
  #tool = "pan";
  #tools = element("div", "mw-tools", { role: "toolbar", "aria-label": "What dragging does" });
  #badge = element("button", "mw-way-back", { type: "button" });
  #rubber = element("div", "mw-rubber");
  #hint = element("div", "mw-hint", { role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hintTimer;
  /** @type {Drag | Pinch | null} */
  #drag = null;
  /** @type {Map<Scale, Ends> | null} what the next animation frame moves */
  #moving = null;
  /** @type {number | undefined} */
  #animation;
  /** @type {{ isHere: boolean, isMoving: boolean, isSpent?: boolean } | null} the wheel: whether it began here, moves
   *   the picture, does no more */
  #turning = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #wheelTimer;
  /** @type {Model | null} */
  #figure = null;
  #listening = new AbortController();

  /** @param {Model<GestureTraits, GestureMessage>} model @param {HTMLElement} el @param {Look} look */
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
    this.#cancelAnimation();
    this.#standStill();
    if (this.#drag?.isMoving) this.#look.end();
    this.#model.off("change:badge", this.#showBadge);
    this.#figure?.off("change:fig_margin", this.#place);
  }

  // Building.

  #build() {
    this.#tools.append(...TOOLS.map((tool) => this.#buttonOf(tool)));
    this.#badge.addEventListener("click", () => {
      this.#goLive();
      this.#stage?.focus({ preventScroll: true }); // the button goes
    });
    this.#rubber.hidden = true;
    this.#el.append(this.#rubber, this.#hint, this.#tools, this.#badge);
  }

  /** @param {typeof TOOLS[number]} tool */
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
    const stage = /** @type {HTMLElement | null} */ (this.#el.closest(".mw-stage"));
    if (stage) this.#attach(stage);
    else if (!this.#listening.signal.aborted) requestAnimationFrame(() => this.#attachSoon());
  }

  /** @param {HTMLElement} stage */
  #attach(stage) {
    this.#stage = stage;
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", KEYS);
    /** @type {(name: string, listener: (event: any) => void, options?: AddEventListenerOptions) => void} */
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

  /** @type {(event: KeyboardEvent) => void} */
  #markKeys = ({ key }) => {
    if (MODIFIERS.includes(key)) return; // those go with a mouse, too
    this.#stage?.toggleAttribute("data-mw-keys", !this.#drag);
  };

  #unmarkKeys = () => this.#stage?.removeAttribute("data-mw-keys");

  /** @param {Kind} tool */
  #choose(tool) {
    this.#tool = tool;
    for (const button of this.#tools.children) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-mw-tool") === tool));
    }
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
    return this.#stage?.querySelector(".plotarea_events")?.getBoundingClientRect();
  }

  // Dragging.

  /** @type {(event: PointerEvent) => void} */
  #down = (event) => {
    if (event.pointerType === "touch" && !event.isPrimary) return this.#beginPinch(event);
    if (event.button !== 0 || !event.isPrimary || this.#isControl(event.target)) return;
    const area = this.#area();
    if (!area || !this.#look.time || this.#drag?.isMoving) return;
    this.#stage?.focus({ preventScroll: true });
    this.#unmarkKeys();
    const place = placeIn(area, event);
    if (!place) return;
    const kind = place !== "plot" ? "pan" : event.altKey ? "select" : event.shiftKey ? "zoom" : this.#tool;
    /** @type {[Scale, Ends][]} */
    const scales = this.#scalesAt(place).map((scale) => [scale, scale.ends]);
    const fingers = new Map([[event.pointerId, placeOf(event)]]);
    this.#drag = { kind, area, x: event.clientX, y: event.clientY, scales, fingers, isMoving: false };
  };

  /** A second finger: the time between both goes with them, whatever the first one was about.
   * @param {PointerEvent} event */
  #beginPinch(event) {
    const drag = this.#drag;
    const { time } = this.#look;
    if (drag?.fingers.size !== 1 || !time) return;
    this.#cancel();
    this.#look.begin();
    const fingers = new Map([...drag.fingers, [event.pointerId, placeOf(event)]]);
    const origin = { began: spreadOf(fingers), time, ends: time.ends, before: this.#look.placesOf([time]) };
    this.#drag = { kind: "pinch", area: drag.area, fingers, ...origin, isMoving: true };
  }

  /** @param {Pinch} pinch */
  #pinch({ area, fingers, began, time, ends }) {
    const now = spreadOf(fingers);
    const [from, to] = [began, now].map(({ middle }) => (middle - area.left) / area.width);
    const factor = this.#look.timeFactor(ends, began.apart / now.apart);
    this.#moveSoon(new Map([[time, shifted(scaled(ends, from, factor), from - to)]]));
  }

  /** @type {(event: PointerEvent) => void} */
  #dragged = (event) => {
    const drag = this.#drag;
    if (!drag?.fingers.has(event.pointerId)) return;
    drag.fingers.set(event.pointerId, placeOf(event));
    if (drag.kind === "pinch") return this.#pinch(drag);
    if (!drag.isMoving) {
      if (!event.buttons) {
        this.#drag = null; // let go of elsewhere
        return;
      }
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < CLICK_PX) return;
      this.#beginDrag(drag, event.pointerId);
    }
    if (drag.kind !== "pan") return this.#drawRubber(drag, event);
    const x = (event.clientX - drag.x) / drag.area.width;
    const y = (event.clientY - drag.y) / drag.area.height;
    /** @type {(moved: [Scale, Ends]) => [Scale, Ends]} */
    const along = ([scale, ends]) => [scale, shifted(ends, scale === this.#look.time ? -x : y)];
    this.#moveSoon(new Map(drag.scales.map(along)));
  };

  /** @param {Drag} drag @param {number} pointer */
  #beginDrag(drag, pointer) {
    drag.isMoving = true;
    this.#look.begin();
    drag.before = this.#look.placesOf(drag.scales.map(([scale]) => scale));
    if (isBox(drag)) this.#look.hold(); // what is in the box is what is taken
    if (!this.#stage) return;
    this.#stage.setPointerCapture(pointer);
    this.#stage.dataset.mwGesture = drag.kind;
  }

  /** @type {(event: PointerEvent) => void} */
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
    if (drag?.before && !isBox(drag)) this.#look.restore(drag.before);
    this.#endDrag();
  };

  #endDrag() {
    if (!this.#drag) return;
    this.#moveNow();
    if (this.#drag.isMoving) this.#look.end();
    this.#drag = null;
    this.#rubber.hidden = true;
    this.#stage?.removeAttribute("data-mw-gesture");
  }

  /** @param {Box} box */
  #selectIn({ left, right }) {
    if (this.#look.time) this.#look.select(part(this.#look.time.ends, left, right));
  }

  /** Select from a time to the end of what is seen, or to a time from its start, unless a selection has that end.
   * @param {{ edge: Edge, time: number }} selection */
  #selectFrom({ edge, time }) {
    if (!this.#look.time) return;
    const [start, end] = this.#look.time.ends;
    this.#look.select(edge === "start" ? [time, end] : [start, time], edge);
  }

  /** @param {Box} box */
  #zoomInto(box) {
    /** @type {Map<Scale, Ends>} */
    const ends = new Map();
    const { time } = this.#look;
    if (time && !box.isNarrow) ends.set(time, part(time.ends, box.left, box.right));
    for (const scale of box.isFlat ? [] : this.#look.values) {
      if (scale) ends.set(scale, part(scale.ends, 1 - box.bottom, 1 - box.top));
    }
    this.#moveSoon(ends);
  }

  /** @param {Drag} drag @param {PointerEvent} event */
  #drawRubber(drag, event) {
    const { kind, area } = drag;
    const { left, right, top, bottom, isFlat, isNarrow } = boxOf(drag, event);
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

  /** What goes along with a hand there: a value axis by itself; elsewhere time, and values that somebody chose.
   * @param {Part} place */
  #scalesAt(place) {
    const { time, values, hasChosenValues } = this.#look;
    if (place === "left" || place === "right") return there([values[place === "left" ? 0 : 1]]);
    return there([time, ...(place === "plot" && hasChosenValues ? values : [])]);
  }

  // Wheel and keys.

  /** Every turn of the wheel on the page comes by here first. It has no end: it is over when it stands still.
   * @type {(event: Event) => void} */
  #turn = (event) => {
    this.#turning ??= { isHere: this.#isOn(event), isMoving: false };
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

  /** @type {(event: WheelEvent) => void} */
  #wheel = (event) => {
    const area = this.#area();
    const place = area && placeIn(area, event);
    const { time } = this.#look;
    const turning = this.#turning;
    if (!place || !time || !turning || this.#isControl(event.target)) return;
    const isHeld = event.ctrlKey || event.metaKey;
    if (!isHeld && !turning.isHere) return; // the page scrolls, and has brought us under the pointer
    if (!isHeld && !this.#stage?.contains(document.activeElement)) return this.#showHint(); // the page scrolls
    event.preventDefault();
    if (turning.isSpent) return;
    const px = [1, 16, 400][event.deltaMode]; // a pixel, a line, a page
    if (!turning.isMoving) this.#look.begin();
    turning.isMoving = true;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return this.#moveBy([time], (ends) => shifted(ends, (px * event.deltaX) / area.width));
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
  #claimKey = (/** @type {KeyboardEvent} */ event) => {
    if (!this.#isOn(event)) return;
    const { key, shiftKey, target } = event;
    const isPress = key === "Enter" && !shiftKey && this.#isControl(target);
    const isOurs = !isModified(event) && (key.length === 1 || isPress || this.#actionOf(key) !== undefined);
    this.#stage?.toggleAttribute("data-lm-suppress-shortcuts", isOurs);
  };

  /** @type {(event: KeyboardEvent) => void} */
  #key = (event) => {
    if (isModified(event)) return;
    const isHere = event.target === this.#stage;
    const action = this.#actionOf(event.key, event.shiftKey);
    if (!action || !(isHere || event.key === "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  /** @param {string} key @param {boolean} [isLarge] @returns {(() => void) | undefined} */
  #actionOf(key, isLarge) {
    const { time, values } = this.#look;
    if (!time) return undefined;
    const step = isLarge ? 5 * STEP : STEP;
    /** @type {(scales: (Scale | null)[], share: number) => () => void} */
    const move = (scales, share) => () => this.#moveBy(there(scales), (ends) => shifted(ends, share));
    const zoom = (/** @type {number} */ factor) => () => this.#zoomTime(0.5, factor);
    const live = () => this.#goLive();
    const leave = () => (this.#drag ? this.#cancel() : live());
    /** @type {Record<string, () => void>} */
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

  /** @type {(event: MouseEvent) => void} */
  #doubleClick = (event) => {
    if (this.#isControl(event.target)) return;
    const area = this.#area();
    const place = area && placeIn(area, event);
    this.#goLive(place === "left" || place === "right" ? this.#scalesAt(place) : null);
  };

  /** What the hand still does of before, on this frame or as a wheel that runs down, counts no more.
   * @param {Scale[] | null} scales */
  #goLive(scales = null) {
    this.#dropMoves();
    this.#look.goLive(scales);
    if (!this.#turning) return;
    if (this.#turning.isMoving) this.#look.end();
    Object.assign(this.#turning, { isMoving: false, isSpent: true });
  }

  // Moving, once per animation frame.

  /** @param {number} at @param {number} factor */
  #zoomTime(at, factor) {
    this.#moveBy(there([this.#look.time]), (ends) => scaled(ends, at, this.#look.timeFactor(ends, factor)));
  }

  /** @param {Scale[]} scales @param {(ends: Ends) => Ends} change */
  #moveBy(scales, change) {
    /** @type {Map<Scale, Ends>} */
    const pending = this.#moving ?? new Map();
    /** @type {[Scale, Ends][]} */
    const moved = scales.map((scale) => [scale, change(pending.get(scale) ?? scale.ends)]);
    this.#moveSoon(new Map([...pending, ...moved]));
  }

  /** @param {Map<Scale, Ends>} ends */
  #moveSoon(ends) {
    this.#moving = ends;
    this.#animation ??= requestAnimationFrame(() => this.#moveNow());
  }

  #moveNow() {
    this.#cancelAnimation();
    const moving = this.#moving;
    this.#moving = null;
    if (moving) this.#look.move(moving);
  }

  #dropMoves() {
    this.#cancelAnimation();
    this.#moving = null;
  }

  #cancelAnimation() {
    if (this.#animation !== undefined) cancelAnimationFrame(this.#animation);
    this.#animation = undefined;
  }

  #showHint() {
    this.#hint.textContent = HINT;
    this.#hint.classList.add("mw-shown");
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.#hint.classList.remove("mw-shown"), HINT_MS);
  }

  /** @param {EventTarget | null} target */
  #isControl(target) {
    return target instanceof Element && target.closest("button, a, input, select") !== null;
  }

  /** @param {Event} event */
  #isOn(event) {
    return this.#stage !== null && event.composedPath().includes(this.#stage);
  }
}

/** Those that there are.
 * @param {(Scale | null | undefined)[]} scales @returns {Scale[]} */
function there(scales) {
  return scales.flatMap((scale) => scale ?? []);
}

/** @param {KeyboardEvent} event */
function isModified({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** @template {keyof HTMLElementTagNameMap} Name @param {Name} name @param {string} className
 * @param {Record<string, string>} attributes */
function element(name, className, attributes = {}) {
  const made = Object.assign(document.createElement(name), { className });
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** @param {string} d */
function drawingOf(d) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/** On which part of the picture a pointer is: the plot, the time axis, a value axis; null for none.
 * @param {Area} area @param {Point} pointer @returns {Part | null} */
export function placeIn({ left, right, top, bottom }, { clientX: x, clientY: y }) {
  if (x >= left && x <= right) return y >= top && y <= bottom ? "plot" : y > bottom ? "time" : null;
  return y >= top && y <= bottom ? (x < left ? "left" : "right") : null;
}

/** @param {Drag | Pinch} drag */
function isBox({ kind }) {
  return kind === "select" || kind === "zoom";
}

/** @param {Point} pointer @returns {Place} */
function placeOf({ clientX, clientY }) {
  return [clientX, clientY];
}

/** Where the middle between two fingers is across the page, and how far they are apart, in px.
 * @param {Map<number, Place>} fingers */
function spreadOf(fingers) {
  const [[x, y], [otherX, otherY]] = [...fingers.values()];
  return { middle: (x + otherX) / 2, apart: Math.max(1, Math.hypot(x - otherX, y - otherY)) };
}

/** What a drag has drawn, in parts of the area, from its left and upper edge; all of it where it has no extent.
 * @param {{ kind: Kind, area: Area, x: number, y: number }} drag @param {Point} event @returns {Box} */
export function boxOf({ kind, area, x, y }, event) {
  const clip = (/** @type {number} */ share) => Math.max(0, Math.min(1, share));
  const across = [x, event.clientX].map((each) => clip((each - area.left) / area.width)).sort((a, b) => a - b);
  const down = [y, event.clientY].map((each) => clip((each - area.top) / area.height)).sort((a, b) => a - b);
  const isFlat = kind === "select" || Math.abs(event.clientY - y) < FLAT_PX;
  const isNarrow = kind === "zoom" && Math.abs(event.clientX - x) < FLAT_PX;
  const [left, right] = isNarrow ? [0, 1] : across;
  const [top, bottom] = isFlat ? [0, 1] : down;
  return { left, right, top, bottom, isFlat, isNarrow };
}

/** @param {Ends} ends @param {number} from @param {number} to @returns {Ends} */
export function part([low, high], from, to) {
  return [low + from * (high - low), low + to * (high - low)];
}

/** @param {Ends} ends @param {number} share @returns {Ends} */
export function shifted([low, high], share) {
  return [low + share * (high - low), high + share * (high - low)];
}

/** Ends that are `factor` times as far apart, the value at `share` staying where it is.
 * @param {Ends} ends @param {number} share @param {number} factor @returns {Ends} */
export function scaled([low, high], share, factor) {
  const still = low + share * (high - low);
  return [still - (still - low) * factor, still + (high - still) * factor];
}
