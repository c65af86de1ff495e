// The list of all series found: a search, and a tick for each that the picture shows. One view renders all rows.
//
// Traits, kernel to browser, at most once a second and only while the list is open:
//   rows: [[id, label, name, unit, color, dash_array], ...]   id stays with its series; texts are foreign
//   values: [[value, rate], ...]                              as texts, one pair for each row
//   hidden: [id, ...]                                         rows without a tick
//   answered: 7                                               the number of the latest choice in `hidden`
// Message, browser to kernel:
//   {kind: "choice", ids: [id, ...], shown: true, number: 8}
//
// A tick changes at once and does not wait for the kernel, which may be busy; what the kernel says of ticks counts
// again when it has answered the latest choice.

const SVG = "http://www.w3.org/2000/svg";
const PAGE = 8; // rows that PageUp and PageDown go
const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["PageDown", PAGE],
  ["PageUp", -PAGE],
  ["Home", -Infinity],
  ["End", Infinity],
]);

/** @typedef {PickerTraits["rows"][number]} Look @typedef {PickerTraits["values"][number]} News */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {string} className @param {Partial<HTMLElementTagNameMap[Name]>} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
function element(name, className, properties = {}) {
  return Object.assign(document.createElement(name), { className, ...properties });
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** One row; `look` and `news` put in what has changed. */
class Row {
  id;
  root = element("label", "mw-picker-row");
  tick = element("input", "", { type: "checkbox", tabIndex: -1 });
  words = "";
  #stroke = svg("line", { x1: 1, y1: 4, x2: 21, y2: 4, "stroke-width": 3 });
  #label = element("span", "mw-picker-label");
  #value = element("span", "mw-picker-value");
  #unit = element("span", "mw-picker-unit");
  #rate = element("span", "mw-picker-rate");

  /** @param {number} id */
  constructor(id) {
    this.id = id;
    const swatch = svg("svg", { width: 22, height: 8, "aria-hidden": "true" });
    swatch.append(this.#stroke);
    this.root.append(this.tick, swatch, this.#label, this.#value, this.#unit, this.#rate);
  }

  /** @param {Look} look */
  look([, label, name, unit, color, dashArray]) {
    this.#label.textContent = label;
    this.#unit.textContent = unit;
    this.root.title = name;
    this.tick.setAttribute("aria-label", `${name} ${unit}`.trim());
    this.#stroke.setAttribute("stroke", color);
    this.#stroke.setAttribute("stroke-dasharray", dashArray);
    this.words = `${label} ${name} ${unit}`.toLowerCase();
  }

  /** @param {News} news */
  news([value, rate]) {
    if (this.#value.textContent !== value) this.#value.textContent = value;
    if (this.#rate.textContent !== rate) this.#rate.textContent = rate;
  }
}

/** Puts the rows into the list in their order; those that stand right already are not touched, to keep the focus.
 * @param {HTMLElement} list @param {Row[]} rows */
function arrange(list, rows) {
  rows.forEach((row, index) => {
    if (list.children[index] !== row.root) list.insertBefore(row.root, list.children[index] ?? null);
  });
  while (list.children.length > rows.length) list.lastElementChild?.remove();
}

/** @param {{ model: Model<PickerTraits, PickerMessage>, el: HTMLElement }} page */
function render({ model, el }) {
  /** @type {Map<number, Row>} by id */
  const known = new Map();
  /** @type {Row[]} */
  let rows = [];
  /** @type {Look[] | null} */
  let looks = null;
  let sent = model.get("answered");

  const search = element("input", "mw-picker-search", {
    type: "search",
    placeholder: "Search: topic, field, unit",
    title: "Shows only the series with all of these words in topic, field or unit",
    spellcheck: false,
  });
  search.setAttribute("aria-label", "Search the series");
  const all = element("button", "mw-picker-button", {
    type: "button",
    textContent: "All",
    title: "Show all series that the search found",
  });
  const none = element("button", "mw-picker-button", {
    type: "button",
    textContent: "None",
    title: "Hide all series that the search found",
  });
  const count = element("span", "mw-picker-count");
  count.setAttribute("role", "status");
  const head = element("div", "mw-picker-head");
  head.append(search, all, none, count);
  const list = element("div", "mw-picker-list");
  const root = element("div", "mw-picker");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Fields");
  root.dataset.lmSuppressShortcuts = "true"; // arrow keys are ours, not the notebook's
  root.append(head, list);
  el.append(root);

  const found = () => rows.filter((row) => !row.root.hidden);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row) => {
      row.root.hidden = !words.every((word) => row.words.includes(word));
    });
    list.scrollTop = 0;
    summarize();
  }

  function summarize() {
    const matches = found();
    const shown = rows.filter((row) => row.tick.checked).length;
    const among = matches.length < rows.length ? `${matches.length.toLocaleString("en")} found, ` : "";
    count.textContent = `${among}${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
    if (!matches.some((row) => row.tick.tabIndex === 0)) {
      rows.forEach((row) => (row.tick.tabIndex = -1));
      if (matches.length) matches[0].tick.tabIndex = 0;
    }
  }

  /** @param {Row[]} chosen @param {boolean} shown */
  function choose(chosen, shown) {
    if (!chosen.length) return;
    chosen.forEach((row) => (row.tick.checked = shown));
    sent += 1;
    model.send({ kind: "choice", ids: chosen.map((row) => row.id), shown, number: sent });
    summarize();
  }

  function update() {
    if (looks !== model.get("rows")) {
      looks = model.get("rows");
      rows = looks.map((look) => {
        const row = known.get(look[0]) ?? new Row(look[0]);
        known.set(row.id, row);
        row.look(look);
        return row;
      });
      arrange(list, rows);
      filter();
    }
    model.get("values").forEach((news, index) => rows[index]?.news(news));
    if (model.get("answered") >= sent) {
      const hidden = new Set(model.get("hidden"));
      rows.forEach((row) => (row.tick.checked = !hidden.has(row.id)));
    }
    summarize();
  }

  /** The list is one stop of the Tab key; arrow keys go from row to row.
   * @param {KeyboardEvent} event */
  function move(event) {
    const step = STEPS.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    const matches = found();
    const here = matches.findIndex((row) => row.tick === document.activeElement);
    const next = matches[Math.min(Math.max(here + step, 0), matches.length - 1)];
    rows.forEach((row) => (row.tick.tabIndex = row === next ? 0 : -1));
    next?.tick.focus();
  }

  search.addEventListener("input", filter);
  all.addEventListener("click", () => choose(found().filter((row) => !row.tick.checked), true));
  none.addEventListener("click", () => choose(found().filter((row) => row.tick.checked), false));
  list.addEventListener("keydown", move);
  list.addEventListener("change", (event) => {
    const row = rows.find(({ tick }) => tick === event.target);
    if (row) choose([row], row.tick.checked);
  });
  model.on("change", update);
  update();
  return () => model.off("change", update);
}

export default { render };
