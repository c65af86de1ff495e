// Draws levels and spans, with their labels, beneath the lines of a bqplot figure; plot/svg_axes.py does so in a
// snapshot. An anywidget that is never displayed: `initialize` runs once in every page, and reaches the models of the
// figure and its scales through the widget manager.
//
// Traits, set by picture.py:
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
const LEAST_PX = LINE_PX - 2; // between two lines, and for one
const CHARACTER_PX = 6.3; // about: to measure texts would have the page laid out
const WIDE = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hira}\p{sc=Kana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u; // twice
const MARGIN_PX = 4;
const ROWS = [1, 2, 3, 4].map((row) => LINE_PX * row); // for the signs of alarms
const TEXT_STYLE =
  "font: 11px var(--jp-ui-font-family, system-ui, sans-serif); fill: var(--jp-content-font-color1, #212121); " +
  "stroke: var(--jp-layout-color0, #fff); stroke-width: 3px; stroke-linejoin: round; paint-order: stroke";
/** @type {Kind[]} */
const KINDS = ["rect", "line", "text"];
const OPACITY = { alarm: 0.17, selection: 0.2 };

/**
 * @typedef {{ at: number, label: string, color: string }} LevelInPicture from 0, at the lower edge, to 1
 * @typedef {{ kind: "alarm" | "selection", from: number, to: number, label: string, color: string }} SpanInPicture from
 *   0, at the left edge, to 1
 * @typedef {"rect" | "line" | "text"} Kind of element
 * @typedef {Record<string, string | number>} Attributes
 * @typedef {{ element: SVGElement, attributes: Attributes, text: string | null }} Drawn
 */

export default {
  /** @param {{ model: Model<AnnotationTraits> }} page */
  async initialize({ model }) {
    const get = (/** @type {string} */ id) => model.widget_manager.get_model(id);
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
  /** @type {Map<string, Model | undefined>} by model id */
  #valueScales = new Map();
  /** @type {Map<View, Sheet>} */
  #sheets = new Map();
  #isDue = false;
  #timer;

  /** @param {Model<AnnotationTraits>} model @param {Model} figure @param {Model} timeScale
   * @param {(id: string) => Promise<Model>} getModel */
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

  /** The model of a value axis's scale; undefined until it is there, when all is drawn again.
   * @param {string} id */
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

/** Where a number is on a scale: 0 at its lower end, 1 at its upper.
 * @param {Model} scale @param {number} number */
function shareOf(scale, number) {
  const [low, high] = [scale.get("min"), scale.get("max")];
  return (number - low) / (high - low);
}

/** What is drawn in one view. */
class Sheet {
  #ground;
  #group = document.createElementNS(NAMESPACE, "g");
  /** @type {Record<Kind, Drawn[]>} each with what was set last; those in use are the first */
  #pools = { rect: [], line: [], text: [] };
  #used = { rect: 0, line: 0, text: 0 };
  #sized;

  /**
   * @param {Element} ground as large as the picture
   * @param {() => void} redraw called when its size has changed
   */
  constructor(ground, redraw) {
    this.#ground = ground;
    this.#group.setAttribute("class", "mw-annotations");
    this.#group.setAttribute("pointer-events", "none");
    ground.parentElement?.append(this.#group);
    this.#sized = new MutationObserver(redraw);
    this.#sized.observe(ground, { attributes: true, attributeFilter: ["width", "height"] });
  }

  remove() {
    this.#sized.disconnect();
    this.#group.remove();
  }

  /** @param {LevelInPicture[]} levels @param {SpanInPicture[]} spans */
  draw(levels, spans) {
    const [width, height] = ["width", "height"].map((name) => Number(this.#ground.getAttribute(name)));
    this.#used = { rect: 0, line: 0, text: 0 };
    if (width > 0 && height > 0) {
      const labels = new Labels(width, height, CHARACTER_PX);
      this.#drawSpans(spans, labels, width, height);
      this.#drawLevels(levels, labels, width, height);
    }
    for (const kind of KINDS) {
      for (const { element } of this.#pools[kind].splice(this.#used[kind])) element.remove();
    }
  }

  /** @param {SpanInPicture[]} spans @param {Labels} labels @param {number} width @param {number} height */
  #drawSpans(spans, labels, width, height) {
    for (const { kind, from, to, label, color } of spans) {
      if (!(to >= 0 && from <= 1)) continue;
      const left = round(Math.max(from, 0) * width);
      const right = round(Math.max(Math.min(to, 1) * width, left + 1)); // a moment is seen, too
      const look = { fill: color, "fill-opacity": OPACITY[kind] };
      this.#put("rect", { class: `mw-span mw-span-${kind}`, x: left, y: 0, width: right - left, height, ...look });
      if (from >= 0) this.#edge(left, height, color);
      if (to <= 1) this.#edge(right, height, color);
      const place = kind === "alarm" ? labels.placeOfSpan(left, right, label) : null;
      if (!place) continue;
      this.#write(place.text, { class: "mw-span-label", x: round(place.x), y: place.y, "text-anchor": "start" });
    }
  }

  /** @param {number} x @param {number} height @param {string} color */
  #edge(x, height, color) {
    this.#put("line", { class: "mw-edge", x1: x, x2: x, y1: 0, y2: height, stroke: color, "stroke-width": 1 });
  }

  /** @param {LevelInPicture[]} levels @param {Labels} labels @param {number} width @param {number} height */
  #drawLevels(levels, labels, width, height) {
    for (const { at, label, color } of levels) {
      if (!Number.isFinite(at)) continue; // a scale without ends
      const y = round(height * (1 - at));
      if (at >= 0 && at <= 1) {
        const stroke = { stroke: color, "stroke-width": 1.25, "stroke-dasharray": "6 4" };
        this.#put("line", { class: "mw-level", x1: 0, x2: width, y1: y, y2: y, ...stroke });
      }
      const { text, x, y: row } = labels.placeOfLevel(at, label);
      this.#write(text, { class: "mw-level-label", x: round(x), y: row, "text-anchor": "end" });
    }
  }

  /** @param {string} text @param {Attributes} attributes */
  #write(text, attributes) {
    const known = this.#put("text", { ...attributes, style: TEXT_STYLE });
    if (known.text !== text) known.element.textContent = known.text = text;
  }

  /** An element as wanted: one that is there already, with what differs set anew.
   * @param {Kind} kind @param {Attributes} attributes */
  #put(kind, attributes) {
    const pool = this.#pools[kind];
    const known = (pool[this.#used[kind]++] ??= this.#added(kind));
    for (const [name, value] of Object.entries(attributes)) {
      if (known.attributes[name] !== value) known.element.setAttribute(name, String(value));
    }
    for (const name of Object.keys(known.attributes)) if (!(name in attributes)) known.element.removeAttribute(name);
    known.attributes = attributes;
    return known;
  }

  /** Bands beneath, lines on them, texts on top.
   * @param {Kind} kind @returns {Drawn} */
  #added(kind) {
    const element = document.createElementNS(NAMESPACE, kind);
    const above = { rect: "line, text", line: "text", text: null }[kind];
    this.#group.insertBefore(element, above ? this.#group.querySelector(above) : null);
    return { element, attributes: {}, text: null };
  }
}

/** Where the labels in one picture stand, so that no two stand in the same place; a still's are placed alike, by
 * svg_axes.py. */
export class Labels {
  #width;
  #height;
  #character_px;
  /** @type {{ left: number, right: number, y: number }[]} */
  #taken = [];

  /** @param {number} width of the picture, in px @param {number} height @param {number} character_px how wide one is */
  constructor(width, height, character_px) {
    this.#width = width;
    this.#height = height;
    this.#character_px = character_px;
  }

  /**
   * The label at the top of a span from `left` to `right` where there is room; at least its sign, which is its first
   * character; null where others have taken that place, too. `x` is where it begins.
   *
   * @param {number} left @param {number} right @param {string} label
   */
  placeOfSpan(left, right, label) {
    const [sign = ""] = label;
    const text = this.#widthOf(label) <= right - left ? label : sign;
    const width = this.#widthOf(text);
    const x = Math.min(left + MARGIN_PX, this.#width - width);
    const y = ROWS.find((row) => this.#isFree(x, x + width, row));
    if (y === undefined) return null;
    this.#taken.push({ left: x, right: x + width, y });
    return { text, x, y };
  }

  /**
   * The label of a level at the right end of the picture, above it or beneath, or left of what stands there; an arrow
   * ahead of it where the level is beyond the picture. `x` is where it ends.
   *
   * @param {number} at where the level is: 0 at the lower edge, 1 at the upper @param {string} label
   */
  placeOfLevel(at, label) {
    const text = at > 1 ? `↑ ${label}` : at < 0 ? `↓ ${label}` : label;
    const width = this.#widthOf(text);
    const y = round(this.#height * (1 - Math.min(Math.max(at, 0), 1)));
    const rows = [y - MARGIN_PX, y + LEAST_PX].filter((row) => row >= LEAST_PX && row <= this.#height);
    if (!rows.length) rows.push(this.#height); // of a picture that is hardly higher than a line
    const end = this.#width - MARGIN_PX;
    const ends = [end, ...this.#taken.map((other) => other.left - MARGIN_PX).sort((a, b) => b - a)];
    const places = ends.flatMap((right) => rows.map((row) => ({ right, row })));
    const place = places.find(({ right, row }) => {
      return right >= width && right <= end && this.#isFree(right - width, right, row);
    });
    const { right, row } = place ?? { right: end, row: rows[0] };
    this.#taken.push({ left: right - width, right, y: row });
    return { text, x: right, y: row };
  }

  /** @param {number} left @param {number} right @param {number} y */
  #isFree(left, right, y) {
    return this.#taken.every((other) => {
      return right <= other.left || left >= other.right || Math.abs(other.y - y) >= LEAST_PX;
    });
  }

  /** @param {string} text */
  #widthOf(text) {
    let characters = 0;
    for (const character of text) characters += WIDE.test(character) ? 2 : 1;
    return this.#character_px * characters + MARGIN_PX;
  }
}

/** @param {number} px */
function round(px) {
  return Math.round(10 * px) / 10;
}
