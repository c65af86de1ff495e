// Draws lines straight into bqplot's SVG. All that touches bqplot's private members is in this file:
//
//   Figure view   mark_views.views, axis_views.views
//   Lines view    model, scales.x, scales.y (with scale, offset and model.type), d3el, update_line_xy,
//                 xPixels, yPixels, pixelCoords
//   Lines model   mark_data, attributes.x, attributes.y
//   Axis view     g_axisline (a d3 selection), update_grid_lines
//
// bqplot draws a line through a d3 transition, which parses the old and the new path as text, makes an object of each
// point, and moves axes through two transitions more: most of a browser's time for a live line. What is drawn here
// looks the same: M and L (H and V for steps) to the points (path.js), in their colour. Most of it is in bqplot's own
// path element, its ends in two copies of it beside, so that tooltip, panning and zooming, resizing and export go on as
// they are.
//
// Whatever this file does not know (another mark or version of bqplot, a marker, a fill, another interpolation, another
// scale) is left to bqplot, which gets the points as the traits x and y. The attribute data-mw-painter of the mark's
// element says "link" or "bqplot".

const KNOWN_VERSION = "^0.6.1"; // of bqplot's script, as its models name it; Python's bqplot 0.13
const STEPS = "step-after";
const BODY = ".curve > path.line:not(.mw-end)";
const LOOK_MS = 1000;
const DECISIVE = ["marker", "fill", "labels_visibility", "close_path", "interpolation", "colors", "opacities"]
  .concat(["stroke_width", "line_style"])
  .map((trait) => `change:${trait}`)
  .join(" ");
const PIECES = /** @type {const} */ (["head", "body", "tail"]);
const TRANSLUCENT = /^#([\da-f]{4}|[\da-f]{8})$|^(rgba|hsla)\(|\//i;

/**
 * @import { Points } from "./path.js"
 *
 * @typedef {{ draw(points: Points, ground: Ground): Pieces }} PathMaker of one view: see path.js
 *
 * @typedef {object} ViewsOfFigure
 * @property {{ views: Promise<LinesView>[] }} [mark_views]
 * @property {{ views: Promise<AxisView>[] }} [axis_views]
 * @typedef {View & ViewsOfFigure} FigureView
 *
 * @typedef {View & { g_axisline?: any, update_grid_lines: () => void }} AxisView
 *
 * @typedef {View & { scales: any, d3el: any, update_line_xy?: () => void, mwDrawing?: Drawing }} LinesView and more,
 *   which is set and deleted by name
 */

export class Painter {
  #mark;
  #points;
  #repaint;
  #newPath;
  #axes;
  /** @type {Set<LinesView>} */
  #views = new Set();
  #isUnsettled = false;
  #lookedAt = 0;

  /**
   * @param {Model} mark a bqplot Lines
   * @param {Points} points which others change
   * @param {() => void} repaint called when bqplot wants the line drawn again
   * @param {() => PathMaker} newPath
   * @param {Axes} axes of the page
   */
  constructor(mark, points, repaint, newPath, axes) {
    this.#mark = mark;
    this.#points = points;
    this.#repaint = repaint;
    this.#newPath = newPath;
    this.#axes = axes;
    mark.mwPoints = points; // for who wants to know what is drawn, such as the cursor
    mark.on(DECISIVE, this.#drawAnew);
  }

  /** Draw the points in all views of a figure (its model).
   * @param {Model} figure */
  paint(figure) {
    this.#isUnsettled = true;
    if (!this.#views.size || performance.now() - this.#lookedAt > LOOK_MS) this.#findViews(figure);
    let isLeft = false;
    for (const view of this.#views) {
      if (knows(view)) this.#draw(view);
      else isLeft = true;
    }
    if (isLeft) this.#leaveToBqplot();
  }

  /** Bring the model's x and y up to date for whoever reads them there: a new view, a saved notebook. */
  settle() {
    if (!this.#isUnsettled) return;
    this.#isUnsettled = false;
    Object.assign(this.#mark.attributes, this.#arrays()); // `set` would have bqplot draw, and send them to the kernel
  }

  /** Give the views back to bqplot. */
  release() {
    this.settle();
    this.#mark.off(DECISIVE, this.#drawAnew);
    this.#views.forEach(giveBack);
    this.#views.clear();
  }

  /** bqplot may have drawn itself meanwhile. */
  #drawAnew = () => {
    for (const view of this.#views) view.mwDrawing?.forget();
    this.#repaint();
  };

  #arrays() {
    const { time, value, start, end } = this.#points;
    return { x: time.slice(start, end), y: value.slice(start, end) };
  }

  #leaveToBqplot() {
    this.#isUnsettled = false;
    for (const view of this.#views) if (!knows(view)) giveBack(view);
    this.#mark.set_state(this.#arrays());
  }

  /** Views come and go without an event; they are promises that soon hold.
   * @param {Model} figure */
  #findViews(figure) {
    this.#lookedAt = performance.now();
    for (const promise of Object.values(figure.views ?? {})) {
      Promise.resolve(promise).then((/** @type {FigureView} */ figureView) => {
        this.#axes.take(figureView);
        for (const each of figureView.mark_views?.views ?? []) Promise.resolve(each).then((view) => this.#add(view));
      });
    }
  }

  /** @param {LinesView} view */
  #add(view) {
    if (view.model !== this.#mark || this.#views.has(view)) return;
    this.#views.add(view);
    view.once("remove", () => this.#views.delete(view));
    this.#repaint();
  }

  /** @param {LinesView} view */
  #draw(view) {
    let drawing = view.mwDrawing;
    if (!drawing?.isInView()) {
      giveBack(view);
      takeOver(view, this.#points, this.#repaint);
      drawing = view.mwDrawing = new Drawing(view, this.#newPath());
    }
    drawing.draw(this.#points);
  }
}

/** The path elements of one view. */
class Drawing {
  #view;
  #path;
  #elements;
  /** @type {Pieces} */
  #drawn = { head: "", body: "", tail: "" };
  #isForgotten = true;
  /** @type {string | null} */
  #style = null;

  /** @param {LinesView} view @param {PathMaker} path */
  constructor(view, path) {
    this.#view = view;
    this.#path = path;
    const body = /** @type {SVGPathElement} */ (view.el.querySelector(BODY)); // which `knows` has found
    this.#elements = { head: endOf(body), body, tail: endOf(body) };
  }

  isInView() {
    return this.#view.el.contains(this.#elements.body);
  }

  /** Set all of it with the next drawing. */
  forget() {
    this.#isForgotten = true;
  }

  /** @param {Points} points */
  draw(points) {
    const pieces = this.#path.draw(points, groundOf(this.#view));
    for (const name of PIECES) {
      if (this.#isForgotten || this.#drawn[name] !== pieces[name]) this.#elements[name].setAttribute("d", pieces[name]);
    }
    this.#drawn = pieces;
    this.#isForgotten = false;
    this.#styleEnds();
  }

  /** Leave one path, as it looks now, until bqplot draws its own. */
  merge() {
    const { head, body, tail } = this.#drawn;
    this.#elements.body.setAttribute("d", `${head}${body}${tail}`);
    this.#elements.head.remove();
    this.#elements.tail.remove();
  }

  /** bqplot styles its own path only. */
  #styleEnds() {
    const { head, body, tail } = this.#elements;
    const style = body.getAttribute("style");
    if (style === this.#style || style === null) return;
    this.#style = style;
    for (const end of [head, tail]) end.setAttribute("style", style);
  }
}

/** A copy of bqplot's path beside it, to which the mouse does the same.
 * @param {SVGPathElement} body */
function endOf(body) {
  const end = /** @type {SVGPathElement} */ (body.cloneNode());
  end.removeAttribute("id");
  end.removeAttribute("d");
  end.classList.add("mw-end");
  end.__data__ = body.__data__; // d3's
  end.addEventListener("click", (event) => {
    event.stopPropagation();
    body.dispatchEvent(new MouseEvent("click", event));
  });
  body.parentElement?.append(end);
  return end;
}

/** Where and how a view draws its points, as path.js takes it.
 * @param {LinesView} view @returns {Ground} */
function groundOf(view) {
  const { x, y } = view.scales;
  const [left, right] = x.scale.range().map((/** @type {number} */ px) => px + x.offset);
  const [from, to] = x.scale.domain().map(Number);
  const [bottom, top] = y.scale.range().map((/** @type {number} */ px) => px + y.offset);
  const [least, greatest] = y.scale.domain().map(Number);
  const isSteps = view.model.get("interpolation") === STEPS;
  const isTranslucent = view.model.get("opacities").length > 0 || TRANSLUCENT.test(view.model.get("colors")[0]);
  const isWhole = isTranslucent || view.model.get("line_style") !== "solid";
  return { from, to, least, greatest, left, right, bottom, top, isSteps, isWhole };
}

/** Whether this file draws a view of a mark as bqplot would.
 * @param {LinesView} view */
function knows(view) {
  const { model, scales } = view;
  return (
    model.get("_view_name") === "Lines" &&
    model.get("_model_module_version") === KNOWN_VERSION &&
    model.get("marker") === null &&
    model.get("fill") === "none" &&
    model.get("labels_visibility") === "none" &&
    !model.get("close_path") &&
    ["linear", STEPS].includes(model.get("interpolation")) &&
    scales?.x?.model?.type === "linear" &&
    scales?.y?.model?.type === "linear" &&
    typeof view.update_line_xy === "function" &&
    view.el.querySelectorAll(BODY).length === 1
  );
}

/** Have bqplot call us wherever it would draw the line, and let it read our points where it reads its own.
 * @param {LinesView} view @param {Points} points @param {() => void} repaint */
function takeOver(view, points, repaint) {
  const datum = {
    name: view.model.get("labels")[0] ?? "",
    index: 0,
    get values() {
      return Array.from({ length: points.end - points.start }, (_, i) => pointAt(points, i));
    },
    toJSON() {
      return { name: this.name, index: 0 }; // bqplot sends it to the kernel at every hover
    },
  };
  view.model.mark_data = [datum];
  const line = view.d3el.selectAll(".curve").data([datum]).select("path.line");
  for (const name of ["update_line_xy", "update_path_style"]) line.interrupt(name); // else it would draw once more
  view.update_line_xy = repaint;
  const inPixels = {
    xPixels: () => datum.values.map(({ x }) => view.scales.x.scale(x)),
    yPixels: () => datum.values.map(({ y }) => view.scales.y.scale(y)),
    pixelCoords: () => datum.values.map(({ x, y }) => [view.scales.x.scale(x), view.scales.y.scale(y)]),
  };
  for (const [name, get] of Object.entries(inPixels)) {
    Object.defineProperty(view, name, { get, set: () => {}, configurable: true });
  }
  view.el.setAttribute("data-mw-painter", "link");
}

/** @param {LinesView} view */
function giveBack(view) {
  if (!view.mwDrawing) return;
  view.mwDrawing.merge();
  for (const name of ["update_line_xy", "xPixels", "yPixels", "pixelCoords", "mwDrawing"]) {
    Reflect.deleteProperty(view, name);
  }
  view.el.setAttribute("data-mw-painter", "bqplot");
}

/** @param {Points} points @param {number} index */
function pointAt({ time, value, start }, index) {
  return { x: time[start + index], y: value[start + index], y0: value[start + index], sub_index: index };
}

/** The axes of a page: they jump to their new place instead of setting out for it, and are drawn once for all that is
 * set together, where bqplot draws an axis that moves five times. */
export class Axes {
  /** @type {Set<AxisView> | null} to draw, while traits are set */
  #waiting = null;

  /** Have the axes of a figure view drawn like that.
   * @param {FigureView} figureView */
  take(figureView) {
    for (const promise of figureView.axis_views?.views ?? []) Promise.resolve(promise).then((view) => this.#take(view));
  }

  /** Do `action`, which sets traits, and draw then what it changed.
   * @param {() => void} action */
  drawOnceFor(action) {
    /** @type {Set<AxisView>} */
    const waiting = (this.#waiting = new Set());
    try {
      action();
    } finally {
      this.#waiting = null;
      for (const view of waiting) view.update_grid_lines(); // which draws all of the axis
    }
  }

  /** @param {AxisView} view */
  #take(view) {
    const selection = view.g_axisline;
    if (!selection || selection.mwStill) return;
    selection.mwStill = true;
    selection.transition = selection.duration = () => selection;
    selection.call = (/** @type {any[]} */ ...drawing) => {
      if (this.#waiting) this.#waiting.add(view);
      else Object.getPrototypeOf(selection).call.apply(selection, drawing);
      return selection;
    };
  }
}
