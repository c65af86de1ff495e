// Draws levels and spans beneath the lines of a bqplot figure. An anywidget that is never displayed: `initialize` runs
// once in every page, and reaches the models of the figure and its scales through the widget manager.
//
// Traits, set by annotation_layer.py:
//   figure, time_scale   model ids
//   levels               [[scale, value, label, color]]           scale: the model id of the level's value axis
//   spans                [[kind, start, end, label, color]]       epoch seconds; end null: to the end of the picture;
//                                                                 kind "alarm" or "selection"; a label begins with a
//                                                                 sign, which stands alone where there is little room
//
// It is drawn anew whenever one of these or the ends of a scale change, without a transition, and only what differs is
// set. Of bqplot it needs the element .plotarea_background, whose size is that of the picture; what is drawn is a
// neighbour of it, below all marks, so that it is in exported pictures as well. Looks are attributes or styles of the
// elements themselves for the same reason. Labels are foreign text: textContent only.

const NAMESPACE = "http://www.w3.org/2000/svg";
const LOOK_MS = 250; // a view of a figure has no event that says it is there
const LINE_PX = 14;
const CHARACTER_PX = 6.3; // about: to measure texts would have the page laid out
const MARGIN_PX = 4;
const ROWS = [1, 2, 3, 4].map((row) => LINE_PX * row); // for the signs of alarms
const TEXT_STYLE =
  "font: 11px var(--jp-ui-font-family, system-ui, sans-serif); fill: var(--jp-content-font-color1, #212121); " +
  "stroke: var(--jp-layout-color0, #fff); stroke-width: 3px; stroke-linejoin: round; paint-order: stroke";
const OPACITY = { alarm: 0.17, selection: 0.2 };

export default {
  async initialize({ model }) {
    const get = (id) => model.widget_manager.get_model(id);
    const [figure, timeScale] = await Promise.all([get(model.get("figure")), get(model.get("time_scale"))]);
    const layer = new Layer(model, figure, timeScale, get);
    return () => layer.close();
  },
};

/** The annotations of one figure, in all its views. */
class Layer {
  #model;
  #figure;
  #timeScale;
  #getModel;
  #valueScales = new Map(); // model id -> model
  #sheets = new Map(); // view -> Sheet
  #isDue = false;
  #timer;

  constructor(model, figure, timeScale, getModel) {
    this.#model = model;
    this.#figure = figure;
    this.#timeScale = timeScale;
    this.#getModel = getModel;
    model.on("change:levels change:spans", this.#drawSoon);
    timeScale.on("change", this.#drawSoon);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
    this.#drawSoon();
  }

  close() {
    clearInterval(this.#timer);
    this.#model.off("change:levels change:spans", this.#drawSoon);
    this.#timeScale.off("change", this.#drawSoon);
    for (const scale of this.#valueScales.values()) scale?.off("change", this.#drawSoon);
    for (const sheet of this.#sheets.values()) sheet.remove();
  }

  #look() {
    for (const promise of Object.values(this.#figure.views ?? {})) {
      Promise.resolve(promise).then((view) => {
        const ground = view.el.querySelector(".plotarea_background");
        if (!ground || this.#sheets.has(view)) return;
        this.#sheets.set(view, new Sheet(ground, this.#drawSoon));
        view.once("remove", () => {
          this.#sheets.get(view)?.remove();
          this.#sheets.delete(view);
        });
        this.#drawSoon();
      });
    }
  }

  /** Once for all that changes together, and before the page is painted. */
  #drawSoon = () => {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#draw();
    });
  };

  #draw() {
    const levels = this.#model.get("levels").flatMap(([id, value, label, color]) => {
      const scale = this.#valueScale(id);
      return scale ? [{ at: shareOf(scale, value), label, color }] : [];
    });
    const spans = this.#model.get("spans").map(([kind, start, end, label, color]) => {
      const [from, to] = [start, end ?? Infinity].map((time) => shareOf(this.#timeScale, time));
      return { kind, from, to, label, color };
    });
    for (const sheet of this.#sheets.values()) sheet.draw(levels, spans);
  }

  /** The model of a value axis's scale; undefined until it is there, when all is drawn again. */
  #valueScale(id) {
    if (!this.#valueScales.has(id)) {
      this.#valueScales.set(id, undefined);
      this.#getModel(id).then(
        (scale) => {
          this.#valueScales.set(id, scale);
          scale.on("change", this.#drawSoon);
          scale.once("destroy", () => this.#valueScales.delete(id));
          this.#drawSoon();
        },
        () => this.#valueScales.delete(id),
      );
    }
    return this.#valueScales.get(id);
  }
}

/** Where a number is on a scale: 0 at its lower end, 1 at its upper. */
function shareOf(scale, number) {
  const [low, high] = [scale.get("min"), scale.get("max")];
  return (number - low) / (high - low);
}

/** What is drawn in one view. */
class Sheet {
  #ground;
  #group = document.createElementNS(NAMESPACE, "g");
  #pools = { rect: [], line: [], text: [] }; // elements, each with what was set last; those in use are the first
  #used;
  #sized;

  /**
   * @param ground the element that is as large as the picture
   * @param redraw called when its size has changed
   */
  constructor(ground, redraw) {
    this.#ground = ground;
    this.#group.setAttribute("class", "mw-annotations");
    this.#group.setAttribute("pointer-events", "none");
    ground.parentNode.append(this.#group);
    this.#sized = new MutationObserver(redraw);
    this.#sized.observe(ground, { attributes: true, attributeFilter: ["width", "height"] });
  }

  remove() {
    this.#sized.disconnect();
    this.#group.remove();
  }

  draw(levels, spans) {
    const [width, height] = ["width", "height"].map((name) => Number(this.#ground.getAttribute(name)));
    this.#used = { rect: 0, line: 0, text: 0 };
    if (width > 0 && height > 0) {
      const labels = new Labels();
      this.#drawSpans(spans, labels, width, height);
      this.#drawLevels(levels, labels, width, height);
    }
    for (const [kind, pool] of Object.entries(this.#pools)) {
      for (const { element } of pool.splice(this.#used[kind])) element.remove();
    }
  }

  #drawSpans(spans, labels, width, height) {
    for (const { kind, from, to, label, color } of spans) {
      if (!(to >= 0 && from <= 1)) continue;
      const left = round(Math.max(from, 0) * width);
      const right = round(Math.max(Math.min(to, 1) * width, left + 1)); // a moment is seen, too
      const look = { fill: color, "fill-opacity": OPACITY[kind] ?? OPACITY.selection };
      this.#put("rect", { class: `mw-span mw-span-${kind}`, x: left, y: 0, width: right - left, height, ...look });
      if (from >= 0) this.#edge(left, height, color);
      if (to <= 1) this.#edge(right, height, color);
      if (kind === "alarm") this.#drawSign(label, labels, left, right, width);
    }
  }

  #edge(x, height, color) {
    this.#put("line", { class: "mw-edge", x1: x, x2: x, y1: 0, y2: height, stroke: color, "stroke-width": 1 });
  }

  /** The label at the top of a span, where there is room; at least its sign, unless others have taken that, too. */
  #drawSign(label, labels, left, right, width) {
    const [sign] = label;
    const text = widthOf(label) <= right - left ? label : sign;
    const x = Math.min(left + MARGIN_PX, width - widthOf(text));
    const row = ROWS.find((y) => labels.have(x, x + widthOf(text), y));
    if (row === undefined) return;
    labels.take(x, x + widthOf(text), row);
    this.#write(text, { class: "mw-span-label", x: round(x), y: row, "text-anchor": "start" });
  }

  #drawLevels(levels, labels, width, height) {
    for (const { at, label, color } of levels) {
      if (!Number.isFinite(at)) continue; // a scale without ends
      const isOut = at < 0 || at > 1;
      const y = round(height * (1 - Math.min(Math.max(at, 0), 1)));
      if (!isOut) {
        const stroke = { stroke: color, "stroke-width": 1.25, "stroke-dasharray": "6 4" };
        this.#put("line", { class: "mw-level", x1: 0, x2: width, y1: y, y2: y, ...stroke });
      }
      const text = isOut ? `${at > 1 ? "↑" : "↓"} ${label}` : label;
      const places = [y - MARGIN_PX, y + LINE_PX - 2].filter((each) => each >= LINE_PX - 2 && each <= height);
      const { right, row } = labels.placeAtRight(widthOf(text), width - MARGIN_PX, places);
      this.#write(text, { class: "mw-level-label", x: round(right), y: row, "text-anchor": "end" });
    }
  }

  #write(text, attributes) {
    const known = this.#put("text", { ...attributes, style: TEXT_STYLE });
    if (known.text !== text) known.element.textContent = known.text = text;
  }

  /** An element as wanted: one that is there already, with what differs set anew. */
  #put(kind, attributes) {
    const pool = this.#pools[kind];
    const known = (pool[this.#used[kind]++] ??= this.#added(kind));
    for (const [name, value] of Object.entries(attributes)) {
      if (known.attributes[name] !== value) known.element.setAttribute(name, value);
    }
    for (const name of Object.keys(known.attributes)) if (!(name in attributes)) known.element.removeAttribute(name);
    known.attributes = attributes;
    return known;
  }

  /** Bands beneath, lines on them, texts on top. */
  #added(kind) {
    const element = document.createElementNS(NAMESPACE, kind);
    const before = { rect: this.#group.querySelector("line, text"), line: this.#group.querySelector("text") };
    this.#group.insertBefore(element, before[kind] ?? null);
    return { element, attributes: {}, text: null };
  }
}

/** Where labels stand, so that no two stand in the same place. */
class Labels {
  #taken = [];

  have(left, right, y) {
    return this.#taken.every((other) => {
      return right <= other.left || left >= other.right || Math.abs(other.y - y) >= LINE_PX - 2;
    });
  }

  take(left, right, y) {
    this.#taken.push({ left, right, y });
  }

  /** The first of some heights that is free at the right end, or left of what stands there; else the first of all. */
  placeAtRight(width, end, heights) {
    const ends = [end, ...this.#taken.map((other) => other.left - MARGIN_PX).sort((a, b) => b - a)];
    const places = ends.flatMap((right) => heights.map((row) => ({ right, row })));
    const isFree = ({ right, row }) => right >= width && right <= end && this.have(right - width, right, row);
    const place = places.find(isFree) ?? { right: end, row: heights[0] };
    this.take(place.right - width, place.right, place.row);
    return place;
  }
}

function widthOf(text) {
  return CHARACTER_PX * text.length + MARGIN_PX;
}

function round(px) {
  return Math.round(10 * px) / 10;
}
