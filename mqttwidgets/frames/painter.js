// Draws lines straight into bqplot's SVG. All that touches bqplot's private members is in this file:
//
//   Figure view   mark_views.views, axis_views.views
//   Lines view    model, scales.x, scales.y (with scale, offset and model.type), d3el, update_line_xy,
//                 xPixels, yPixels, pixelCoords
//   Lines model   mark_data, attributes.x, attributes.y
//   Axis view     g_axisline (a d3 selection)
//
// bqplot draws a line through a d3 transition, which parses the old and the new path as text, makes an object of each
// point, and moves axes through two transitions more: most of a browser's time for a live line. What is drawn here
// looks the same: M and L (H and V for steps) to the points, in their colour, within bqplot's own path element, so that
// tooltip, panning and zooming, resizing and export go on as they are.
//
// Whatever this file does not know (another mark or version of bqplot, a marker, a fill, another interpolation, another
// scale) is left to bqplot, which gets the points as the traits x and y. The attribute data-mw-painter of the mark's
// element says "link" or "bqplot".

const KNOWN_VERSION = "^0.6.1"; // of bqplot's script, as its models name it; Python's bqplot 0.13
const STEPS = "step-after";
const FURTHEST_PX = 1e5;
const LOOK_MS = 1000;
const COLUMN_PX = 2; // of the screen; two points in each make one a pixel, and more would only cost the time to draw them
const DECISIVE = "change:marker change:fill change:labels_visibility change:close_path change:interpolation";

export class Painter {
  #mark;
  #points;
  #repaint;
  #views = new Set();
  #isUnsettled = false;
  #lookedAt = 0;

  /**
   * @param mark the model of a bqplot Lines
   * @param points {time, value, start, end}, which others change
   * @param repaint called when bqplot wants the line drawn again
   */
  constructor(mark, points, repaint) {
    this.#mark = mark;
    this.#points = points;
    this.#repaint = repaint;
    mark.on(DECISIVE, repaint);
  }

  /** Draw the points in all views of a figure (its model). */
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
    this.#mark.off(DECISIVE, this.#repaint);
    this.#views.forEach(giveBack);
    this.#views.clear();
  }

  #arrays() {
    const { time, value, start, end } = this.#points;
    return { x: time.slice(start, end), y: value.slice(start, end) };
  }

  #leaveToBqplot() {
    this.#isUnsettled = false;
    for (const view of this.#views) if (!knows(view)) giveBack(view);
    this.#mark.set_state(this.#arrays());
  }

  /** Views come and go without an event; they are promises that soon hold. */
  #findViews(figure) {
    this.#lookedAt = performance.now();
    for (const promise of Object.values(figure.views ?? {})) {
      Promise.resolve(promise).then((figureView) => {
        stopTransitionsOfAxes(figureView);
        for (const each of figureView.mark_views?.views ?? []) Promise.resolve(each).then((view) => this.#add(view));
      });
    }
  }

  #add(view) {
    if (view.model !== this.#mark || this.#views.has(view)) return;
    this.#views.add(view);
    view.once("remove", () => this.#views.delete(view));
    this.#repaint();
  }

  #draw(view) {
    if (!view.mwPath?.isConnected) takeOver(view, this.#points, this.#repaint);
    view.mwPath.setAttribute("d", pathOf(this.#points, view));
  }
}

/** Whether this file draws a view of a mark as bqplot would. */
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
    view.el.querySelectorAll(".curve > path.line").length === 1
  );
}

/** Have bqplot call us wherever it would draw the line, and let it read our points where it reads its own. */
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
  view.d3el.selectAll(".curve").data([datum]).select("path.line");
  view.update_line_xy = repaint;
  const inPixels = {
    xPixels: () => datum.values.map(({ x }) => view.scales.x.scale(x)),
    yPixels: () => datum.values.map(({ y }) => view.scales.y.scale(y)),
    pixelCoords: () => datum.values.map(({ x, y }) => [view.scales.x.scale(x), view.scales.y.scale(y)]),
  };
  for (const [name, get] of Object.entries(inPixels)) {
    Object.defineProperty(view, name, { get, set: () => {}, configurable: true });
  }
  view.mwPath = view.el.querySelector(".curve > path.line");
  view.el.setAttribute("data-mw-painter", "link");
}

function giveBack(view) {
  if (!view.mwPath) return;
  for (const name of ["update_line_xy", "xPixels", "yPixels", "pixelCoords", "mwPath"]) delete view[name];
  view.el.setAttribute("data-mw-painter", "bqplot");
}

function pointAt({ time, value, start }, index) {
  return { x: time[start + index], y: value[start + index], y0: value[start + index], sub_index: index };
}

/** The axes of a figure view jump to their new place instead of setting out for it. */
function stopTransitionsOfAxes(figureView) {
  for (const promise of figureView.axis_views?.views ?? []) {
    Promise.resolve(promise).then((view) => {
      const selection = view.g_axisline;
      if (!selection || selection.mwStill) return;
      selection.mwStill = true;
      selection.transition = selection.duration = () => selection;
    });
  }
}

/** The path through the points between the ends of the x scale and one beyond on each side. */
function pathOf(points, view) {
  const { x, y } = view.scales;
  const [left, right] = x.scale.range();
  const [from, to] = x.scale.domain().map(Number);
  const [bottom, top] = y.scale.range();
  const [least, greatest] = y.scale.domain().map(Number);
  const xFactor = (right - left) / (to - from);
  const yFactor = (top - bottom) / (greatest - least);
  const first = Math.max(points.start, firstAfter(points, from) - 1);
  const last = Math.min(points.end, firstAfter(points, to) + 1);
  const place = {
    x: (time) => Math.round(10 * (left + x.offset + (time - from) * xFactor)) / 10,
    y: (value) => Math.round(10 * within(bottom + y.offset + (value - least) * yFactor)) / 10,
  };
  const column_px = COLUMN_PX / Math.max(devicePixelRatio, 1);
  const isDense = last - first > (2.5 * Math.abs(right - left)) / column_px;
  const isSteps = view.model.get("interpolation") === STEPS;
  const kept = isDense ? extremes(points, first, last, from, column_px / Math.abs(xFactor), isSteps) : null;
  return trace(points, first, last, kept, place, isSteps);
}

function trace({ time, value }, first, last, kept, place, isSteps) {
  let path = "";
  let isDown = false;
  const count = kept ? kept.length : last - first;
  for (let i = 0; i < count; i++) {
    const index = kept ? kept[i] : first + i;
    if (value[index] !== value[index]) {
      isDown = false;
      continue;
    }
    const x = place.x(time[index]);
    const y = place.y(value[index]);
    if (!isDown) path += `M${x},${y}`;
    else if (isSteps) path += `H${x}V${y}`;
    else path += `L${x},${y}`;
    isDown = true;
  }
  return path;
}

/** The least and the greatest point of each column of pixels, of steps the last one too, and the gaps. The columns stand
 * still in time, so that a line that moves on does not shimmer. */
function extremes({ time, value }, first, last, from, width, isSteps) {
  const kept = [];
  let column = null;
  const close = (end) => {
    if (column === null) return;
    const { least, greatest } = column;
    kept.push(Math.min(least, greatest));
    if (least !== greatest) kept.push(Math.max(least, greatest));
    if (isSteps && kept[kept.length - 1] !== end) kept.push(end);
    column = null;
  };
  const origin = Math.floor(from / width) * width; // small numbers have more digits left
  for (let i = first; i < last; i++) {
    if (value[i] !== value[i]) {
      close(i - 1);
      kept.push(i);
      continue;
    }
    const place = Math.floor((time[i] - origin) / width);
    if (column?.place !== place) {
      close(i - 1);
      column = { place, least: i, greatest: i };
    } else if (value[i] < value[column.least]) column.least = i;
    else if (value[i] > value[column.greatest]) column.greatest = i;
  }
  close(last - 1);
  return kept;
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

function within(pixels) {
  return Math.max(-FURTHEST_PX, Math.min(FURTHEST_PX, pixels));
}
