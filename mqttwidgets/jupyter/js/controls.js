// The row of controls: topic, window, pause, stop, fields.
//
// Traits; those marked with * change on either side:
//   topic, window           the texts in the entries
//   topics, windows         what the lists beside them offer, as texts
//   is_topic_fixed          whether only the kernel sets the topic
//   paused*, fields_open*   whether the buttons Pause and Fields are pressed
//   running                 whether the stream is subscribed
// Messages, browser to kernel:
//   {kind: "enter", entry: "topic", text: "lab/#"}        entered
//   {kind: "choose", entry: "topic", text: "lab/oven"}    chosen from the list beside an entry
//   {kind: "run", wanted: false}                          the button Start, or Stop, was pressed

/** @typedef {"topic" | "window"} EntryName */

const ENTRIES = /** @type {const} */ ([
  {
    name: "topic",
    label: "Topic",
    offers: "topics",
    title: "+ for one level, # for all below, several parted by commas. Enter applies it.",
    placeholder: "home/+/temperature",
    listTitle: "Topics seen so far",
  },
  {
    name: "window",
    label: "Window",
    offers: "windows",
    title: "how much of the newest data to show: 100 samples, 30 s, 5 min, 2 h. Enter applies it.",
    placeholder: "5 min",
    listTitle: "Usual windows",
  },
]);
const FIXED_TITLE = "what this plot shows. Who made the dashboard chose it.";
const PAUSE_TITLE = "Freeze the picture; data keeps arriving and is shown on resuming";
const FIELDS_TITLE = "Choose which series the picture shows, from a list of all that were found";

export default {
  /** @param {{ model: Model<ControlsTraits, ControlsMessage>, el: HTMLElement }} page */
  render({ model, el }) {
    el.classList.add("mw-controls-parts");
    const closings = ENTRIES.map((entry) => addEntry(model, el, entry));
    closings.push(addButtons(model, el));
    return () => closings.forEach((close) => close());
  },
};

/** An editable text, and a list of usual texts beside it: a datalist would offer only what resembles the present text.
 * @param {Model<ControlsTraits, ControlsMessage>} model @param {HTMLElement} el @param {(typeof ENTRIES)[number]} entry */
function addEntry(model, el, { name, label, offers, title, placeholder, listTitle }) {
  const isFixed = name === "topic" && model.get("is_topic_fixed");
  const id = `mw-${name}-${Math.random().toString(36).slice(2)}`;
  const input = element("input", "widget-input", { id, type: "text", placeholder });
  input.title = `${label}: ${isFixed ? FIXED_TITLE : title}`;
  input.disabled = isFixed;
  const list = element("select", "", { title: listTitle, "aria-label": listTitle });
  const caption = element("label", "widget-label", { for: id });
  caption.textContent = label;
  const root = element("div", `mw-entry mw-entry-${name}`);
  root.append(caption, holder("widget-text", input));
  if (!isFixed) root.append(holder("widget-dropdown mw-offers", list));
  el.append(root);

  const showText = () => {
    if (input.value !== model.get(name)) input.value = model.get(name);
  };
  const showOffers = () => list.replaceChildren(...["", ...model.get(offers)].map(optionOf));
  const enter = () => model.send({ kind: "enter", entry: name, text: input.value });
  input.addEventListener("change", enter);
  for (const each of [input, list]) {
    each.addEventListener("keydown", (event) => event.stopPropagation()); // else the notebook takes it as a command
  }
  input.addEventListener("keydown", (event) => event.key === "Enter" && enter());
  list.addEventListener("change", () => {
    if (list.value) model.send({ kind: "choose", entry: name, text: list.value });
    list.value = "";
  });
  return follow(model, [[`change:${name}`, showText], [`change:${offers}`, showOffers]]);
}

/** @param {Model<ControlsTraits, ControlsMessage>} model @param {HTMLElement} el */
function addButtons(model, el) {
  const pause = button("widget-toggle-button mw-pause", PAUSE_TITLE);
  const run = button("widget-button mw-run", "");
  const fields = button("widget-toggle-button mw-open-fields", FIELDS_TITLE);
  name(fields, "list-ul", "Fields");
  const root = element("div", "mw-buttons");
  root.append(pause, run, fields);
  el.append(root);

  const showPaused = () => {
    const isPaused = model.get("paused");
    name(pause, isPaused ? "play" : "pause", isPaused ? "Resume" : "Pause");
    press(pause, isPaused);
  };
  const showRunning = () => {
    const runs = model.get("running");
    name(run, runs ? "stop" : "play", runs ? "Stop" : "Start");
    run.title = runs ? "Unsubscribe; the picture stays" : "Subscribe";
  };
  const showFields = () => press(fields, model.get("fields_open"));
  pause.addEventListener("click", () => toggle(model, "paused"));
  run.addEventListener("click", () => model.send({ kind: "run", wanted: !model.get("running") }));
  fields.addEventListener("click", () => toggle(model, "fields_open"));
  return follow(model, [
    ["change:paused", showPaused],
    ["change:running", showRunning],
    ["change:fields_open", showFields],
  ]);
}

/** @param {Model<ControlsTraits, ControlsMessage>} model @param {"paused" | "fields_open"} trait */
function toggle(model, trait) {
  model.set(trait, !model.get(trait));
  model.save_changes();
}

/** Show each trait now and whenever it changes; returns what ends that.
 * @param {Model} model @param {[string, () => void][]} shown */
function follow(model, shown) {
  for (const [event, show] of shown) {
    show();
    model.on(event, show);
  }
  return () => shown.forEach(([event, show]) => model.off(event, show));
}

/** @param {string} classes @param {HTMLElement} inner */
function holder(classes, inner) {
  const box = element("div", `jupyter-widgets widget-inline-hbox ${classes}`);
  box.append(inner);
  return box;
}

/** @param {string} text */
function optionOf(text) {
  return Object.assign(document.createElement("option"), { value: text, textContent: text.replaceAll(" ", "\u00a0") });
}

/** @param {string} classes @param {string} title */
function button(classes, title) {
  return element("button", `jupyter-widgets jupyter-button ${classes}`, { type: "button", title });
}

/** @param {HTMLElement} target @param {string} icon one of Font Awesome's @param {string} words */
function name(target, icon, words) {
  target.replaceChildren(element("i", `fa fa-${icon}`), words);
}

/** @param {HTMLElement} target @param {boolean} isPressed */
function press(target, isPressed) {
  target.classList.toggle("mod-active", isPressed);
  target.setAttribute("aria-pressed", String(isPressed));
}

/** @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} classes @param {Record<string, string>} attributes */
function element(tag, classes, attributes = {}) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
