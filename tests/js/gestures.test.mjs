// What the hand does, in numbers: ends of axes, places in the picture, boxes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, part, placeIn, scaled, shifted } from "#page/gestures.js";

const AREA = { left: 100, right: 300, top: 50, bottom: 150, width: 200, height: 100 };

const at = (/** @type {number} */ clientX, /** @type {number} */ clientY) => ({ clientX, clientY });

test("ends are shifted by a share of their distance", () => {
  assert.deepEqual(shifted([10, 20], 0.5), [15, 25]);
  assert.deepEqual(shifted([10, 20], -1), [0, 10]);
});

test("what is under the pointer stays there while the picture is scaled", () => {
  assert.deepEqual(scaled([0, 100], 0.5, 0.5), [25, 75]);
  assert.deepEqual(scaled([0, 100], 0, 2), [0, 200]);
  assert.deepEqual(scaled([0, 100], 1, 2), [-100, 100]);
});

test("a part of an axis", () => assert.deepEqual(part([10, 20], 0.25, 0.75), [12.5, 17.5]));

test("a pointer is on the plot, on an axis, or beside", () => {
  const places = [at(200, 100), at(200, 160), at(90, 100), at(310, 100), at(200, 40), at(90, 160)];
  assert.deepEqual(places.map((place) => placeIn(AREA, place)), ["plot", "time", "left", "right", null, null]);
});

test("a box is what was dragged over, whichever way, within the plot", () => {
  const box = { left: 0.25, right: 0.75, top: 0.2, bottom: 0.8, isFlat: false, isNarrow: false };
  assert.deepEqual(boxOf({ kind: "zoom", area: AREA, x: 150, y: 70 }, at(250, 130)), box);
  assert.deepEqual(boxOf({ kind: "zoom", area: AREA, x: 250, y: 130 }, at(150, 70)), box);
  const beyond = boxOf({ kind: "zoom", area: AREA, x: 150, y: 70 }, at(999, 999));
  assert.deepEqual([beyond.right, beyond.bottom], [1, 1]);
});

test("a box without an extent leaves that axis as it is; a selection is of time alone", () => {
  const flat = boxOf({ kind: "zoom", area: AREA, x: 150, y: 100 }, at(250, 111));
  assert.deepEqual(flat, { left: 0.25, right: 0.75, top: 0, bottom: 1, isFlat: true, isNarrow: false });
  const narrow = boxOf({ kind: "zoom", area: AREA, x: 150, y: 70 }, at(161, 130));
  assert.deepEqual(narrow, { left: 0, right: 1, top: 0.2, bottom: 0.8, isFlat: false, isNarrow: true });
  const span = boxOf({ kind: "select", area: AREA, x: 150, y: 70 }, at(155, 130));
  assert.deepEqual(span, { left: 0.25, right: 0.275, top: 0, bottom: 1, isFlat: true, isNarrow: false });
});
