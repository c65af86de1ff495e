// The browser's end of the frame link. An anywidget that is never displayed: `initialize` runs once in every page that
// shows the notebook, and reaches the models of all plots through the widget manager. It takes frames as they arrive,
// draws once per animation frame what is in sight, and tells the kernel what that is. Frames do not come to its own
// model, which hears nothing in a page that took more than two seconds to start it, but to the carrier's.
//
// Messages, kernel to browser; one for each frame, of all plots together:
//   {seq: 7, at: 1790000000.1234,             numbered without holes; epoch seconds
//    lines: {"3": [figure, mark]},            lines named for the first time: number -> model ids
//    states: {model: {min: 0, max: 5}}}       changed traits of any model
//   with at most one buffer, all little-endian:
//     int32  count, 0; then for each line: number, dropped, kept, appended
//     float64  for each line: times[appended] in epoch seconds, values[appended], NaN for a gap
//   Of the points that a page has of a line, only the first `kept` stay; then `dropped` go at the head; then what is
//   appended joins. dropped = -1: none stay.
//   The carrier's trait `figures` lists the model ids of the figures to look out for.
//
// Messages, browser to kernel:
//   {kind: "hello"}                           send all of every line: this page knows nothing, or missed something
//   {kind: "report", page: "k3f9", shown: {figure: 860}, broken: [figure], seconds: 1.0, received: 20, painted: 20,
//    wait_s: 0.008, delay_s: 0.004}
//     once a second while a figure is in sight, and whenever others are; what Report in frame_link.py says of each

const REPORT_MS = 1000;
const REPORT_UNHEARD_MS = 4000; // while the kernel is busy, reports only queue up there
const LOOK_MS = 100; // a view of a figure has no event that says it is there
const AGES_KEPT = 10;
const GROUND = ".plotarea_background"; // of a bqplot figure: as large as the picture
const RELOADED = "mqttwidgets-reloaded";
const RELOAD_AGAIN_MS = 60_000;
const UNHEARD_MS = 3500; // the kernel sends a sign of life each second
const NARROW_PX = 480; // plots up to this wide have less beside the picture
const SLIM_PX = 340; // and up to this fewer labels too

/**
 * @import { LivePath, Points } from "./path.js"
 * @import { Axes, Painter } from "./painter.js"
 *
 * @typedef {Record<string, unknown>} Traits
 *
 * @typedef {object} Makers
 * @property {Axes} axes
 * @property {() => Points} newPoints
 * @property {(mark: Model, points: Points, repaint: () => void) => Painter} newPainter
 *
 * @typedef {object} Line
 * @property {string} figure model id
 * @property {string} mark model id
 * @property {Points} points
 * @property {boolean} isWhole whether the page has all of its points
 * @property {boolean} isNew whether they have changed since it was painted
 * @property {Painter | null} painter
 */

export default {
  /** @param {{ model: Model<LinkTraits, LinkMessage> }} page */
  async initialize({ model }) {
    const texts = [model.get("_path"), model.get("_painter")];
    const carrier = await model.widget_manager.get_model(model.get("_carrier"));
    const [{ LivePath, Points }, { Axes, Painter }] = await Promise.all(texts.map(load));
    const axes = new Axes();
    const page = new Page(model, carrier, {
      axes,
      newPoints: () => new Points(),
      newPainter: (mark, points, repaint) => new Painter(mark, points, repaint, () => new LivePath(), axes),
    });
    return () => page.close();
  },
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

/** One page: all figures of one kernel that it shows. */
class Page {
  #id = Math.random().toString(36).slice(2);
  #model;
  #carrier;
  #makers;
  /** @type {Map<string, Model>} by model id */
  #models = new Map();
  /** @type {Map<string, Figure>} by model id */
  #figures = new Map();
  /** @type {Map<number, Line>} by number */
  #lines = new Map();
  /** @type {Map<string, Traits>} to set at the next animation frame, by model id */
  #states = new Map();
  /** @type {number | null} */
  #sequence = null;
  /** @type {number | null} */
  #arrivedAt = null;
  #helloAt = -REPORT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #helloTimer;
  /** @type {number | undefined} */
  #animation;
  #heardAt = performance.now();
  /** @type {number[]} in the latest reports */
  #leastAges = [];
  #counts = newCounts();
  #shown = "";
  #timers;
  #inSight;
  #widths;

  /** @param {Model<LinkTraits, LinkMessage>} model @param {Model<{ figures: string[] }>} carrier
   * @param {Makers} makers */
  constructor(model, carrier, makers) {
    this.#model = model;
    this.#carrier = carrier;
    this.#makers = makers;
    this.#inSight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        target.mwInSight = isIntersecting;
        const plot = isIntersecting && target.closest(".mqttwidgets-plot");
        if (plot) this.#widths.observe(plot);
      }
      this.#report(false);
      this.#drawSoon();
    });
    this.#widths = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        if (target.isConnected) markWidth(target, contentRect.width);
        else this.#widths.unobserve(target);
      }
    });
    carrier.on("msg:custom", this.#take);
    carrier.on("change:figures", this.#lookSoon);
    document.addEventListener("visibilitychange", this.#visibilityChanged);
    addEventListener("pagehide", this.#leave);
    this.#timers = [setInterval(() => this.#second(), REPORT_MS), setInterval(() => this.#lookForNew(), LOOK_MS)];
    this.#hello();
    this.#lookSoon();
  }

  close() {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#helloTimer);
    if (this.#animation !== undefined) cancelAnimationFrame(this.#animation);
    this.#inSight.disconnect();
    this.#widths.disconnect();
    document.removeEventListener("visibilitychange", this.#visibilityChanged);
    removeEventListener("pagehide", this.#leave);
    this.#carrier.off("msg:custom", this.#take);
    this.#carrier.off("change:figures", this.#lookSoon);
    for (const line of this.#lines.values()) line.painter?.release();
  }

  // Frames arrive.

  /** @type {(frame: Frame, buffers: DataView[]) => void} */
  #take = (frame, buffers) => {
    this.#noteArrival(frame);
    const missed = this.#sequence !== null && frame.seq !== this.#sequence + 1;
    this.#sequence = frame.seq;
    if (missed) {
      for (const line of this.#lines.values()) line.isWhole = false;
      this.#hello();
    }
    for (const [number, ids] of Object.entries(frame.lines ?? {})) this.#name(Number(number), ...ids);
    for (const [id, state] of Object.entries(frame.states ?? {})) {
      this.#states.set(id, inOrder(this.#states.get(id) ?? {}, state));
    }
    if (buffers.length) this.#takeLines(buffers[0]);
    this.#drawSoon();
  };

  /** @param {Frame} frame */
  #noteArrival(frame) {
    const age = Date.now() / 1000 - frame.at; // by two clocks, either of which may be set meanwhile
    this.#counts.received += 1;
    this.#counts.leastAge = Math.min(this.#counts.leastAge, age);
    this.#counts.greatestAge = Math.max(this.#counts.greatestAge, age);
    this.#arrivedAt ??= performance.now();
    this.#heardAt = performance.now();
    this.#markUnheard(false);
  }

  /** @param {number} number @param {string} figure @param {string} mark */
  #name(number, figure, mark) {
    const [former, known] = [...this.#lines].find(([, line]) => line.mark === mark) ?? [];
    if (former !== undefined) this.#lines.delete(former);
    const fresh = { figure, mark, points: this.#makers.newPoints(), isNew: false, painter: null };
    this.#lines.set(number, Object.assign(known ?? fresh, { isWhole: false }));
    this.#withModel(mark, () => {}); // to hear when it is closed
  }

  /** @param {DataView} view */
  #takeLines(view) {
    const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const count = new Int32Array(buffer, 0, 1)[0];
    const heads = new Int32Array(buffer, 8, 4 * count);
    let offset = 8 + 16 * count;
    for (let i = 0; i < heads.length; i += 4) {
      const [number, dropped, kept, appended] = heads.subarray(i, i + 4);
      const time = new Float64Array(buffer, offset, appended);
      const value = new Float64Array(buffer, offset + 8 * appended, appended);
      offset += 16 * appended;
      const line = this.#lines.get(number);
      if (!line || (dropped >= 0 && !line.isWhole)) continue; // begins with its next full window
      line.points.change(dropped, kept, time, value);
      line.isWhole = line.isNew = true;
    }
  }

  // Drawing, once per animation frame.

  #drawSoon() {
    this.#animation ??= requestAnimationFrame(() => {
      this.#animation = undefined;
      this.#draw();
    });
  }

  #draw() {
    if (this.#arrivedAt !== null) {
      this.#counts.painted += 1;
      this.#counts.wait += performance.now() - this.#arrivedAt;
    }
    this.#arrivedAt = null;
    const states = this.#states;
    this.#states = new Map();
    this.#makers.axes.drawOnceFor(() => {
      for (const [id, state] of states) this.#withModel(id, (model) => setState(model, state));
    });
    for (const line of this.#lines.values()) {
      if (line.isNew && this.#figures.get(line.figure)?.isInSight()) this.#paint(line);
    }
  }

  /** @param {Line} line */
  #paint(line) {
    this.#withModel(line.mark, (mark) => {
      line.isNew = false;
      line.painter ??= this.#makers.newPainter(mark, line.points, () => this.#repaint(line));
      const figure = this.#models.get(line.figure);
      if (figure) line.painter.paint(figure);
    });
  }

  /** @param {Line} line */
  #repaint(line) {
    line.isNew = true;
    this.#drawSoon();
  }

  /** Do `action` with a model: at once when it is known, else as soon as it is; never for one that is gone.
   * @param {string} id @param {(model: Model) => void} action */
  #withModel(id, action) {
    const known = this.#models.get(id);
    if (known) return action(known);
    this.#model.widget_manager.get_model(id).then(
      (model) => {
        this.#models.set(id, model);
        model.once("destroy", () => this.#forget(id));
        action(model);
      },
      () => {},
    );
  }

  /** @param {string} id */
  #forget(id) {
    this.#models.delete(id);
    for (const [number, line] of this.#lines) if (line.mark === id) this.#lines.delete(number);
  }

  // What is in sight.

  #lookSoon = () => {
    const wanted = new Set(this.#carrier.get("figures"));
    for (const id of this.#figures.keys()) if (!wanted.has(id)) this.#figures.delete(id);
    for (const id of wanted) if (!this.#figures.has(id)) this.#figures.set(id, new Figure(this.#inSight));
    this.#look();
  };

  #look() {
    for (const [id, figure] of this.#figures) this.#withModel(id, (model) => figure.look(model));
  }

  #lookForNew() {
    if ([...this.#figures.values()].some((figure) => !figure.isOnPage())) this.#look();
    this.#report(false); // where a picture has a width by now
  }

  #visibilityChanged = () => this.#report(false);

  #leave = () => this.#send({});

  #second() {
    const silent_ms = performance.now() - this.#heardAt;
    this.#markUnheard(silent_ms > UNHEARD_MS);
    this.#look();
    for (const line of this.#lines.values()) line.painter?.settle();
    if (silent_ms < UNHEARD_MS) return this.#report(true);
    if (performance.now() - this.#counts.since < REPORT_UNHEARD_MS) return;
    this.#report(true);
    if (this.#shown) reloadIfKernelEnded();
  }

  /** @param {boolean} isDue */
  #report(isDue) {
    const isVisible = document.visibilityState === "visible";
    const inSight = [...this.#figures].filter(([, figure]) => isVisible && figure.isInSight());
    const shown = Object.fromEntries(inSight.map(([id, figure]) => [id, figure.widthOfPicture()]));
    const broken = [...this.#figures].filter(([, figure]) => isVisible && figure.isBroken()).map(([id]) => id);
    const key = [...Object.entries(shown).map(([id, width]) => `${id} ${width > 0}`), ...broken].join();
    if (key === this.#shown && !(isDue && key)) return;
    if (key && !this.#shown) this.#heardAt = performance.now();
    this.#shown = key;
    this.#send(shown, broken);
  }

  /** Ask for everything; once a second at most, as the answer is long. */
  #hello() {
    this.#helloTimer ??= setTimeout(() => {
      this.#helloTimer = undefined;
      this.#helloAt = performance.now();
      if (this.#isConnected()) this.#model.send({ kind: "hello" });
    }, this.#helloAt + REPORT_MS - performance.now());
  }

  #isConnected() {
    return ![...this.#figures.keys()].some((id) => this.#models.get(id)?.comm_live === false);
  }

  /** @param {Record<string, number>} shown @param {string[]} [broken] */
  #send(shown, broken = []) {
    if (!this.#isConnected()) return;
    const { since, received, painted, wait, leastAge, greatestAge } = this.#counts;
    const seconds = (performance.now() - since) / 1000;
    const wait_s = painted ? wait / painted / 1000 : 0;
    if (received) this.#leastAges = [...this.#leastAges, leastAge].slice(-AGES_KEPT);
    const delay_s = received ? greatestAge - Math.min(...this.#leastAges) : 0;
    try {
      const counted = { seconds, received, painted, wait_s, delay_s };
      this.#model.send({ kind: "report", page: this.#id, shown, broken, ...counted });
    } catch {
      return; // Voilà hangs up before a page is left
    }
    this.#counts = newCounts();
  }

  /** Say on the plots that nothing comes from the kernel, so that nobody takes the picture for the present.
   * @param {boolean} isUnheard */
  #markUnheard(isUnheard) {
    for (const figure of this.#figures.values()) figure.mark(isUnheard && this.#shown ? this.#heardAt : null);
  }
}

/** What a report tells of the time since `since`. */
function newCounts() {
  return { since: performance.now(), received: 0, painted: 0, wait: 0, leastAge: Infinity, greatestAge: -Infinity };
}

/** The views of one figure on this page. */
class Figure {
  #observer;
  /** @type {Set<View>} */
  #views = new Set();
  #isError = false;
  /** @type {number | null} */
  #unheardSince = null;

  /** @param {IntersectionObserver} observer */
  constructor(observer) {
    this.#observer = observer;
  }

  /** @param {Model} model */
  look(model) {
    this.#isError = model.get("_view_name") === "ErrorWidgetView";
    for (const promise of Object.values(model.views ?? {})) {
      Promise.resolve(promise).then((view) => {
        if (this.#views.has(view)) return;
        this.#views.add(view);
        this.#observer.observe(view.el);
        if (model.comm_live === false) view.el.closest(".mqttwidgets-plot")?.classList.add("mw-restored"); // without a kernel
        view.once("remove", () => {
          this.#views.delete(view);
          this.#observer.unobserve(view.el);
        });
      });
    }
  }

  isOnPage() {
    return this.#views.size > 0;
  }

  isInSight() {
    return !this.#isError && [...this.#views].some(isInSight);
  }

  /** Whether an error is in sight in its place, as where this page has no bqplot. */
  isBroken() {
    return this.#isError && [...this.#views].some(isInSight);
  }

  /** In pixels of the screen; of the largest view in sight. 0 where that is not known yet. */
  widthOfPicture() {
    const grounds = [...this.#views].filter(isInSight).map((view) => view.el.querySelector(GROUND));
    const widths = grounds.map((ground) => Number(ground?.getAttribute("width")) || 0);
    return Math.max(0, ...widths) * devicePixelRatio;
  }

  /** @param {number | null} since when the kernel was last heard, by performance.now(); null while all is well */
  mark(since) {
    if (since === this.#unheardSince) return;
    this.#unheardSince = since;
    for (const view of this.#views) {
      const plot = view.el.closest(".mqttwidgets-plot");
      if (plot) markUnheard(plot, since);
    }
  }
}

/** @param {View} view */
function isInSight(view) {
  return view.el.mwInSight && view.el.isConnected;
}

/** Container queries would say the same, and have each change of a text lay out the page at three times the cost.
 * @param {Element} plot @param {number} width in px */
function markWidth(plot, width) {
  plot.classList.toggle("mw-narrow", width <= NARROW_PX);
  plot.classList.toggle("mw-slim", width <= SLIM_PX);
}

/** @param {Element} plot @param {number | null} since */
function markUnheard(plot, since) {
  plot.classList.toggle("mw-unheard", since !== null);
  if (since === null) return plot.removeAttribute("data-mw-unheard");
  const at = new Date(Date.now() - (performance.now() - since)).toLocaleTimeString([], { hour12: false });
  plot.setAttribute("data-mw-unheard", `Nothing from the kernel since ${at}: it is busy, or has ended.`);
}

/** In a dashboard, begin anew with a new kernel; only Voilà writes into its pages which kernel is theirs. */
async function reloadIfKernelEnded() {
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
  const last = Number(sessionStorage.getItem(RELOADED)); // a notebook may end its kernel each time
  if (!kernelId || Date.now() - last < RELOAD_AGAIN_MS) return;
  const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`).catch(() => null);
  if (answer?.status !== 404) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

/** Both, in the order in which they were last set.
 * @param {Traits} former @param {Traits} state */
function inOrder(former, state) {
  for (const name of Object.keys(state)) delete former[name];
  return Object.assign(former, state);
}

/** Set traits as a message of their own would; the link carries none that need more than a deserializer.
 * @param {Model} model @param {Traits} state */
function setState(model, state) {
  const { serializers = {} } = /** @type {{ serializers?: Record<string, any> }} */ (model.constructor);
  const entries = Object.entries(state).map(([name, value]) => {
    const deserialize = serializers[name]?.deserialize;
    return [name, deserialize ? deserialize(value, model.widget_manager) : value];
  });
  model.set_state(Object.fromEntries(entries));
}
