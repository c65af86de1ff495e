// What the cursor says: as many digits as were sent, as can be seen, as it takes to tell samples apart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockTime, digitsFor, offset, sampleAt, valueText } from "#page/cursor.js";

test("a value has all digits that were sent, but none that a computer adds", () => {
  assert.equal(valueText(21.123456789, 0, false), "21.123456789");
  assert.equal(valueText(0.1 + 0.2, 0, false), "0.3");
  assert.equal(valueText(1234567.875, 0, false), "1,234,567.875");
});

test("what is computed has no digits finer than the screen", () => {
  assert.equal(valueText(21.123456789, 0.01, false), "21.12");
  assert.equal(valueText(1234.5678, 10, false), "1,230");
  assert.equal(valueText(0.123456, 100, false), "0.12", "two digits at least");
  assert.equal(valueText(0, 0.01, false), "0");
});

test("a state is a word where it is on or off", () => {
  assert.deepEqual([0, 1, 2].map((state) => valueText(state, 0, true)), ["off", "on", "2"]);
});

test("a time has as many digits as it takes to tell samples apart", () => {
  assert.deepEqual([null, 60, 10, 9.9, 0.002, 0.0019].map(digitsFor), [0, 0, 0, 3, 3, 6]);
});

test("a clock shows what has passed, in digits that the time has", () => {
  process.env.TZ = "UTC";
  const time = 1768377907.123; // whose nearest number is a little less
  assert.equal(clockTime(time, 0), "14 Jan 2026 08:05:07");
  assert.equal(clockTime(time, 3), "14 Jan 2026 08:05:07.123");
  assert.equal(clockTime(time, 6), "14 Jan 2026 08:05:07.123000");
  assert.equal(clockTime(1768377907.9999, 3), "14 Jan 2026 08:05:07.999");
  assert.equal(clockTime(-0.25, 3), "31 Dec 1969 23:59:59.750");
});

test("today has no date", () => {
  const noon = new Date().setHours(12, 0, 0, 0) / 1000;
  assert.equal(clockTime(noon, 0), "12:00:00");
});

test("how far a sample is, in the largest unit that it has one of", () => {
  const seconds = [7200, -90, 1.25, -0.25, 0.00125, 0.0000123];
  assert.deepEqual(
    seconds.map((each) => offset(each, 6)),
    ["+2\u202fh", "−1.5\u202fmin", "+1.3\u202fs", "−250\u202fms", "+1.3\u202fms", "+12\u202fµs"],
  );
});

test("no distance that the time above does not show", () => {
  assert.equal(offset(0.0004, 3), "");
  assert.equal(offset(-0.4, 0), "");
  assert.equal(offset(0.0006, 3), "+600\u202fµs");
});

test("behind a break at the end of a line nothing is known", () => {
  const points = { time: [1, 2], value: [10, NaN], start: 0, end: 2 };
  assert.deepEqual([1.9, 2.1].map((time) => sampleAt(points, true, time, 1)), [[1, 10], [null, null]]);
  assert.deepEqual([1.9, 2.1].map((time) => sampleAt(points, false, time, 1)), [[1, 10], [null, null]]);
});
