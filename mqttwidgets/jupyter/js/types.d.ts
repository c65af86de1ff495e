// The types that the scripts of a page share, for the type checker alone: no page loads this file. What the traits and
// messages of a script mean stands at its head.

// Widgets, as far as the scripts use them.

/** What both ends of a widget know; of one with a script of ours its traits, and the messages that it sends. */
interface Model<Traits = any, Message = any> {
  readonly model_id: string;
  readonly widget_manager: { get_model(id: string): Promise<Model> };
  readonly comm_live?: boolean; // false without a kernel, as in a saved notebook
  readonly views?: Record<string, Promise<View>>;
  readonly attributes: Traits;
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  send(message: Message, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
  set_state(state: Partial<Traits>): void;
  on(events: string, listener: (...args: any[]) => void): void;
  once(event: string, listener: (...args: any[]) => void): void;
  off(events: string, listener: (...args: any[]) => void): void;
  mark_data?: object[]; // of bqplot's Lines
  mwPoints?: PointsOfLine; // of one that the link draws
}

interface View {
  readonly el: HTMLElement;
  readonly model: Model;
  once(event: string, listener: () => void): void;
}

interface Element {
  mwInSight?: boolean; // of the element of a figure's view
  __data__?: unknown; // d3's
}

// Values.

type Ends = [low: number, high: number];

/** An end of a selection. */
type Edge = "start" | "end";

/** Points are those from `start` up to `end`: epoch seconds, and NaN where the line is broken. */
interface PointsOfLine {
  readonly time: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  readonly start: number;
  readonly end: number;
}

/** Where a line is drawn: the ends of its axes, where these are in px, and how. */
interface Ground {
  from: number;
  to: number;
  least: number;
  greatest: number;
  left: number;
  right: number;
  bottom: number;
  top: number;
  isSteps: boolean;
  isWhole: boolean; // in one piece, for dashes and what is translucent
}

/** `d` of the paths that a line is drawn with. */
type Pieces = Record<"head" | "body" | "tail", string>;

// Traits and messages.

interface AnnotationTraits {
  figure: string;
  time_scale: string;
  levels: [scale: string, value: number, label: string, color: string][];
  spans: [kind: "alarm" | "selection", start: number, end: number | null, label: string, color: string][];
}

interface LinkTraits {
  _path: string;
  _painter: string;
  _carrier: string;
}

interface Frame {
  seq: number;
  at: number;
  lines?: Record<string, [figure: string, mark: string]>;
  states?: Record<string, Record<string, unknown>>;
}

type LinkMessage = { kind: "hello" } | PageReport;

interface PageReport {
  kind: "report";
  page: string;
  shown: Record<string, number>;
  broken?: string[];
  seconds: number;
  received: number;
  painted: number;
  wait_s: number;
  delay_s: number;
}

interface CursorTraits {
  figure: string;
}

interface Question {
  kind: "ask";
  number: number;
  time: number;
  reach_s: number;
  steps: number;
  start: number;
  end: number;
}

interface Answer {
  kind: "answer";
  number: number;
  time: number;
  apart_s: number | null;
  lines: [mark: string, time: number | null, value: number | null, unit: string, isComputed: boolean][];
}

interface GestureTraits {
  _look: string;
  figure: string;
  time_scale: string;
  value_scales: string[];
  held: string[];
  badge: [text: string, explanation: string];
  answered: number;
}

type LookMessage = { kind: "look"; span: Ends | null; values: Record<string, Ends> };

type LiveMessage = { kind: "live"; scales: string[] | null };

type GestureMessage =
  | ((LookMessage | LiveMessage) & { number: number })
  | { kind: "select"; span: Ends | null; edge: Edge | null };

interface PickerTraits {
  rows: [id: number, label: string, name: string, unit: string, color: string, dash_array: string][];
  values: [value: string, rate: string][];
  hidden: number[];
  answered: number;
}

type PickerMessage = { kind: "choice"; ids: number[]; shown: boolean; number: number };

type RasterMessage = { kind: "raster"; number: number };

interface RasterRequest {
  kind: "raster";
  number: number;
  svg: string;
  most: number;
}

interface ControlsTraits {
  topic: string;
  topics: string[];
  is_topic_fixed: boolean;
  window: string;
  windows: string[];
  paused: boolean;
  running: boolean;
  fields_open: boolean;
}

type ControlsMessage =
  | { kind: "enter" | "choose"; entry: "topic" | "window"; text: string }
  | { kind: "run"; wanted: boolean };

interface SaveTraits {
  _raster: string;
}

type SaveMessage = { kind: "picture" | "table" | "more" | "cancel"; view: string };

type SaveAnswer =
  | { kind: "picture"; view: string; name: string; svg: string }
  | { kind: "part"; view: string; name: string; done: number; total: number; is_last: boolean }
  | { kind: "refused"; view: string; text: string };

type ViewerMessage = { kind: "viewer"; time_zone: string; utc_offset_minutes: number };
