// What part of time and values a page shows of one plot, ahead of the kernel. The messages stand at the head of
// gestures.js.
//
// The picture follows the hand at once: the ends of its scales are set here, and what lines there are go along.
// The kernel is told twenty times a second at most, and only when it has answered: it sends a picture cut for the
// place where the hand is. Until that has come, what it says of these scales waits.

const SEND_MS = 50;
const UNANSWERED_MS = 3000;
const SHORTEST_S = 0.001001; // a little more than the kernel accepts
const LONGEST_S = 3e9;
const EARLIEST_S = -2.2e9;
const LATEST_S = 7.2e9;
const LEAST_SPAN = 1e-8; // of a value axis, as part of its values

/** The scales of one plot, as its kernel and the hands on this page have them. */
export class Look {
  #model;
  /** @type {Map<string, Scale>} by model id */
  #scales = new Map();
  /** @type {Set<string>} ids of scales that the kernel has not heard of */
  #moved = new Set();
  /** @type {Set<string>} ids of scales whose ends are somebody's choice */
  #chosen = new Set();
  #isMoving = 0; // hands that are in the midst of something
  #sent = 0;
  #sentAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Model<GestureTraits, GestureMessage>} model */
  constructor(model) {
    this.#model = model;
    model.on("change:answered", this.#answered);
    model.on("change:held", this.#followHeld);
    this.#followHeld();
    model.on("change:time_scale change:value_scales", this.#findScales);
    this.#findScales();
  }

  close() {
    clearTimeout(this.#timer);
    this.#model.off("change:answered", this.#answered);
    this.#model.off("change:held", this.#followHeld);
    this.#model.off("change:time_scale change:value_scales", this.#findScales);
    for (const scale of this.#scales.values()) scale.close();
  }

  get time() {
    return this.#scales.get(this.#model.get("time_scale"));
  }

  /** The scales for values, those of the left and the right axis first; null for one that stays. */
  get values() {
    return this.#model.get("value_scales").map((id) => this.#scales.get(id) ?? null);
  }

  /** Whether the ends of some are somebody's choice. */
  get hasChosenValues() {
    return this.values.some((scale) => scale && this.#chosen.has(scale.id));
  }

  /** How many times as long a time axis can become, at most or at least, towards a factor.
   * @param {Ends} ends @param {number} factor */
  timeFactor([low, high], factor) {
    return Math.max(SHORTEST_S, Math.min(LONGEST_S, factor * (high - low))) / (high - low);
  }

  begin() {
    this.#isMoving += 1;
  }

  end() {
    this.#isMoving -= 1;
    this.#settle();
  }

  /** Keep all scales as they are until nothing is under way. */
  hold() {
    for (const scale of this.#scales.values()) scale.move(...scale.ends);
  }

  /** Move scales: a Map of Scale to [low, high].
   * @param {Iterable<[Scale, Ends]>} ends */
  move(ends) {
    for (const [scale, [low, high]] of ends) {
      const fitting = scale === this.time ? withinTime(low, high) : withinNumbers(low, high);
      if (!fitting) continue;
      scale.move(...fitting);
      this.#moved.add(scale.id);
      this.#chosen.add(scale.id);
    }
    this.#tell();
  }

  /** Let time go with the newest and fit the values; or only what some scales show.
   * @param {Scale[] | null} scales */
  goLive(scales = null) {
    for (const { id } of scales ?? this.#scales.values()) {
      this.#moved.delete(id);
      this.#chosen.delete(id);
    }
    this.#send({ kind: "live", scales: scales && scales.map(({ id }) => id) });
    if (!this.#isConnected()) for (const scale of scales ?? this.#scales.values()) scale.release();
  }

  /** Where scales are, for `restore`: a Map to their ends, null for what goes by itself.
   * @param {Scale[]} scales */
  placesOf(scales) {
    return new Map(scales.map((scale) => [scale, this.#chosen.has(scale.id) ? scale.ends : null]));
  }

  /** @param {Map<Scale, Ends | null>} places */
  restore(places) {
    const free = [...places.keys()].filter((scale) => places.get(scale) === null);
    if (free.length) this.goLive(free);
    this.move([...places].flatMap(([scale, ends]) => (ends ? [[scale, ends]] : [])));
  }

  /** @param {Ends | null} span @param {Edge | null} edge */
  select(span, edge = null) {
    this.#model.send({ kind: "select", span, edge });
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
    if (this.#timer !== undefined || !this.#moved.size) return;
    const pause_ms = this.#isUnanswered() ? UNANSWERED_MS : SEND_MS;
    const wait_ms = this.#sentAt + pause_ms - performance.now();
    if (wait_ms > 0) this.#timer = setTimeout(this.#tellNow, wait_ms);
    else this.#tellNow();
  }

  #tellNow = () => {
    this.#timer = undefined;
    const moved = [...this.#moved].flatMap((id) => this.#scales.get(id) ?? []);
    this.#moved.clear();
    if (!moved.length) return;
    const { time } = this;
    const span = time && moved.includes(time) ? time.ends : null;
    const values = moved.filter((scale) => scale !== time).map((scale) => [scale.id, scale.ends]);
    this.#send({ kind: "look", span, values: Object.fromEntries(values) });
  };

  /** @param {LookMessage | LiveMessage} content */
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
    this.#followHeld();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell();
    this.#settle();
  };

  #followHeld = () => {
    if (!this.#moved.size && !this.#isUnanswered()) this.#chosen = new Set(this.#model.get("held"));
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

/** @typedef {{ min: number, max: number }} ScaleTraits */

/** One scale, whose ends the kernel sets, or the hand. */
class Scale {
  #model;
  #said; // by the kernel
  #isHeld = false;

  /** @param {string} id @param {Model<ScaleTraits>} model */
  constructor(id, model) {
    this.id = id;
    this.#model = model;
    this.#said = { min: model.get("min"), max: model.get("max") };
    model.set_state = (/** @type {Partial<ScaleTraits>} */ state) => this.#hear(state);
  }

  close() {
    Reflect.deleteProperty(this.#model, "set_state"); // the class's own is behind it
  }

  get isConnected() {
    return this.#model.comm_live !== false;
  }

  /** @returns {Ends} */
  get ends() {
    return [this.#model.get("min"), this.#model.get("max")];
  }

  /** @param {number} min @param {number} max */
  move(min, max) {
    this.#isHeld = true;
    this.#set({ min, max });
  }

  release() {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#set(this.#said);
  }

  /** @param {Partial<ScaleTraits>} state */
  #hear(state) {
    const { min = this.#said.min, max = this.#said.max, ...rest } = state;
    this.#said = { min, max };
    this.#set(this.#isHeld ? rest : state);
  }

  /** @param {Partial<ScaleTraits>} state */
  #set(state) {
    Object.getPrototypeOf(this.#model).set_state.call(this.#model, state); // `set` would send it to the kernel
  }
}

/** Ends of a time axis as near to these as the kernel accepts.
 * @param {number} low @param {number} high @returns {Ends} */
export function withinTime(low, high) {
  const length = Math.max(SHORTEST_S, Math.min(LONGEST_S, high - low));
  const middle = Math.max(EARLIEST_S + length / 2, Math.min(LATEST_S - length / 2, (low + high) / 2));
  return [middle - length / 2, middle + length / 2];
}

/** Ends of a value axis that it can be drawn between; null for what is none.
 * @param {number} low @param {number} high @returns {Ends | null} */
export function withinNumbers(low, high) {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return largest < 1e299 && high - low > LEAST_SPAN * largest && high - low > 1e-280 ? [low, high] : null;
}
