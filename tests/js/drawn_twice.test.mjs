// What the kernel works out as well is the same here: the vectors are those of tests/unit/plot/test_drawn_twice.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Labels } from "#page/annotations.js";
import { DASHES, clockTime, sampleAt, stepped, valueText } from "#page/cursor.js";
import { withinNumbers, withinTime } from "#page/viewport.js";
import { extremes } from "#page/path.js";

/** @typedef {[time: number, value: number | null][]} Points */

const vectors = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));

/** @param {Points} points @returns {PointsOfLine} */
function lineOf(points) {
  const [time, value] = [points.map(([at]) => at), points.map(([, each]) => each ?? NaN)];
  return { time, value, start: 0, end: points.length };
}

for (const { about, column_s, from, to, is_steps, points, kept } of vectors("extremes")) {
  test(`the points that are drawn of a dense line: ${about}`, () => {
    const beyond = (/** @type {number} */ time) => (time < from ? -1 : time > to ? Infinity : null);
    const columnOf = (/** @type {number} */ time) => beyond(time) ?? Math.floor((time - from) / column_s);
    assert.deepEqual(extremes(lineOf(points), 0, points.length, columnOf, is_steps), kept);
  });
}

for (const { about, width, height, character_px, spans, levels, places } of vectors("label_places")) {
  test(`where labels stand: ${about}`, () => {
    const labels = new Labels(width, height, character_px);
    const found = [
      ...spans.map((/** @type {[number, number, string]} */ span) => labels.placeOfSpan(...span)),
      ...levels.map((/** @type {[number, string]} */ level) => labels.placeOfLevel(...level)),
    ];
    assert.deepEqual(found.map((place) => place && [place.text, place.x, place.y]), places);
  });
}

test("the dashes of a line style", () => assert.deepEqual(DASHES, vectors("dashes")));

test("values, states and times in words", () => {
  const { values, states, zone, times_of_day } = vectors("texts");
  process.env.TZ = zone;
  for (const [value, text] of values) assert.equal(valueText(value, 0, false), text);
  for (const [state, text] of states) assert.equal(valueText(state, 0, true), text);
  for (const [time, text] of times_of_day) assert.equal(clockTime(time, 0), text);
});

for (const { about, is_state, reach_s, points, at } of vectors("pointed").samples) {
  test(`the sample under the pointer: ${about}`, () => {
    for (const [time, sample] of at) {
      assert.deepEqual(sampleAt(lineOf(points), is_state, time, reach_s), sample ?? [null, null], `at ${time}`);
    }
  });
}

test("steps from sample to sample", () => {
  const { lines, from } = vectors("pointed").steps;
  const all = lines.map((/** @type {number[]} */ times) => lineOf(times.map((time) => [time, 0])));
  for (const [start, count, time] of from) {
    const found = stepped(all, start, count);
    assert.equal(Number.isFinite(found) ? found : null, time, `${count} from ${start}`);
  }
});

test("the ends that a page asks for are those that the kernel accepts", () => {
  const { times, values } = vectors("ends");
  for (const [[low, high], ends] of times) {
    withinTime(low, high).forEach((end, index) => assert.ok(Math.abs(end - ends[index]) <= 1e-6, `${end} of ${low}`));
  }
  for (const [[low, high], ends] of values) assert.deepEqual(withinNumbers(low, high), ends);
});
