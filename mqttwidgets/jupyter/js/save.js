// Buttons that save the picture and the data through the browser.
//
// Trait: _raster, the text of raster.js.
// Messages, browser to kernel; `view` says which view of the buttons asks, and comes back with what is sent to it:
//   {kind: "picture", view: "k3"}                    the picture as it stands
//   {kind: "table", view: "k3"}                      the data as CSV: its first part
//   {kind: "more", view: "k3"}                       the next part, once the one before has come
//   {kind: "cancel", view: "k3"}                     no further part
// Messages, kernel to browser:
//   {kind: "picture", view: "k3", name, svg}         name: of the file, without its ending
//   {kind: "part", view: "k3", name, done, total, is_last} with one buffer   UTF-8; samples so far, and in all
//   {kind: "refused", view: "k3", text}              why there is no file

const TABLE_TOOLTIP = "Saves the data: what is selected, else all that is kept";
const ANSWER_MS = 1500; // by then a kernel that is not busy has answered

/**
 * @typedef {typeof import("./raster.js").fullPng} FullPng
 * @typedef {"png" | "svg" | "csv"} Format
 */

/** @param {Model<SaveTraits>} model */
async function raster(model) {
  const url = URL.createObjectURL(new Blob([model.get("_raster")], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export default {
  /** @param {{ model: Model<SaveTraits, SaveMessage>, el: HTMLElement }} page */
  async render({ model, el }) {
    const { fullPng } = await raster(model);
    const bar = new Bar(model, fullPng);
    el.append(bar.root);
    return () => bar.close();
  },
};

/** The buttons of one view. */
class Bar {
  #view = Math.random().toString(36).slice(2);
  #model;
  #fullPng;
  /** @type {Format | ""} */
  #wanted = "";
  /** @type {DataView<ArrayBuffer>[]} */
  #parts = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #buttons;
  #progress = Object.assign(document.createElement("progress"), { hidden: true });
  #words = Object.assign(document.createElement("span"), { className: "mw-save-words", role: "status" });

  /** @param {Model<SaveTraits, SaveMessage>} model @param {FullPng} fullPng */
  constructor(model, fullPng) {
    this.#model = model;
    this.#fullPng = fullPng;
    this.#buttons = new Map(/** @type {[Format, HTMLButtonElement][]} */ ([
      ["png", this.#button("PNG", "Save the picture as a PNG file", "Saves the picture as it stands, at twice its size")],
      ["svg", this.#button("SVG", "Save the picture as an SVG file", "Saves the picture as it stands, for print")],
      ["csv", this.#button("CSV", "Save the data as a CSV file", TABLE_TOOLTIP)],
    ]));
    this.#progress.setAttribute("aria-label", "How much of the data is there");
    const label = Object.assign(document.createElement("span"), { className: "mw-save-label", textContent: "Save" });
    this.root = Object.assign(document.createElement("div"), { className: "mw-save" });
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Save");
    this.root.append(label, ...this.#buttons.values(), this.#progress, this.#words);
    for (const [format, button] of this.#buttons) button.onclick = () => this.#clicked(format);
    model.on("msg:custom", this.#take);
  }

  close() {
    this.#model.off("msg:custom", this.#take);
    if (this.#wanted === "csv") this.#send("cancel");
    clearTimeout(this.#timer);
  }

  /** @param {string} text @param {string} label @param {string} title */
  #button(text, label, title) {
    const button = Object.assign(document.createElement("button"), { textContent: text, title, type: "button" });
    button.className = "jupyter-button mw-save-button";
    button.setAttribute("aria-label", label);
    return button;
  }

  /** @param {Format} format */
  #clicked(format) {
    if (format === "csv" && this.#wanted === "csv") {
      this.#send("cancel");
      return this.#finish("Not saved.");
    }
    if (this.#wanted) return;
    this.#wanted = format;
    this.#parts = [];
    this.#words.textContent = "";
    for (const [name, button] of this.#buttons) button.disabled = !(name === "csv" && format === "csv");
    if (format === "csv") this.#nameTable("Cancel", "Saves nothing");
    this.#timer = setTimeout(() => (this.#words.textContent = "Waiting for the kernel, which is busy."), ANSWER_MS);
    this.#send(format === "csv" ? "table" : "picture");
  }

  /** @type {(message: SaveAnswer, buffers: DataView<ArrayBuffer>[]) => Promise<void>} */
  #take = async (message, buffers) => {
    if (message.view !== this.#view || !this.#wanted) return;
    clearTimeout(this.#timer);
    this.#words.textContent = "";
    if (message.kind === "refused") this.#finish(message.text);
    if (message.kind === "part") this.#takePart(message, buffers[0]);
    if (message.kind !== "picture") return;
    const format = this.#wanted;
    const svg = new Blob([message.svg], { type: "image/svg+xml" });
    const picture = format === "png" ? await this.#fullPng(message.svg, 2) : svg;
    if (picture) download(picture, `${message.name}.${format}`);
    this.#finish(picture ? "" : "This browser has no memory for a PNG. Save the picture as SVG.");
  };

  /** @param {Extract<SaveAnswer, { kind: "part" }>} part @param {DataView<ArrayBuffer>} buffer */
  #takePart({ name, done, total, is_last: isLast }, buffer) {
    this.#parts.push(buffer);
    if (isLast) {
      download(new Blob(this.#parts, { type: "text/csv" }), `${name}.csv`);
      return this.#finish("");
    }
    Object.assign(this.#progress, { hidden: false, value: done, max: total });
    this.#send("more");
  }

  /** @param {string} words */
  #finish(words) {
    this.#wanted = "";
    this.#parts = [];
    clearTimeout(this.#timer);
    this.#progress.hidden = true;
    this.#words.textContent = words;
    for (const button of this.#buttons.values()) button.disabled = false;
    this.#nameTable("CSV", TABLE_TOOLTIP);
  }

  /** @param {string} textContent @param {string} title */
  #nameTable(textContent, title) {
    const button = this.#buttons.get("csv");
    if (button) Object.assign(button, { textContent, title });
  }

  /** @param {SaveMessage["kind"]} kind */
  #send(kind) {
    this.#model.send({ kind, view: this.#view });
  }
}
