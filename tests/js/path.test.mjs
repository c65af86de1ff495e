// The pieces of a line's path together are the whole line, however its points come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LivePath, Points } from "#page/path.js";

Object.assign(globalThis, { devicePixelRatio: 1 });

/** The same numbers from 0 to 1 in each run.
 * @param {number} seed */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** @param {number[]} time @param {number[]} value */
function pointsOf(time, value) {
  const points = new Points();
  points.change(-1, 0, Float64Array.from(time), Float64Array.from(value));
  return points;
}

/** @param {Points} points @param {Partial<Ground>} ground */
function pathOf(points, ground) {
  const usual = { least: 0, greatest: 1, left: 0, right: 100, bottom: 100, top: 0, isSteps: false, isWhole: false };
  const { head, body, tail } = new LivePath().draw(points, { from: 0, to: 10, ...usual, ...ground });
  return `${head}${body}${tail}`;
}

/** The strokes of a path, each from place to place.
 * @param {string} d */
function strokesOf(d) {
  const found = new Set();
  let [x, y] = [NaN, NaN];
  for (const [, letter, numbers] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
    const before = `${x},${y}`;
    const read = numbers.split(",").map(Number);
    if (letter === "M" || letter === "L") [x, y] = read;
    if (letter === "H") [x] = read;
    if (letter === "V") [y] = read;
    if (letter !== "M" && letter !== "Z") found.add(`${before} to ${x},${y}`);
  }
  return found;
}

/** What only one of both has; sooner than `deepEqual` finds it.
 * @param {Set<string>} one @param {Set<string>} other */
function differences(one, other) {
  return [...[...one].filter((each) => !other.has(each)), ...[...other].filter((each) => !one.has(each))];
}

/** How high the least and the greatest point of each column are, in px.
 * @param {Points} points @param {Ground} ground */
function heightsOf(points, { from, to, left, right, least, greatest, bottom, top }) {
  const width = (2 * (to - from)) / (right - left); // two columns have the extremes of both
  const origin = Math.floor(from / width) * width;
  /** @type {Map<number, [least: number, greatest: number]>} */
  const columns = new Map();
  for (let i = points.start; i < points.end; i++) {
    const [time, value] = [points.time[i], points.value[i]];
    if (Number.isNaN(value) || time <= from || time >= to) continue;
    const column = Math.floor((time - origin) / width);
    const [low, high] = columns.get(column) ?? [value, value];
    columns.set(column, [Math.min(low, value), Math.max(high, value)]);
  }
  const y = (/** @type {number} */ value) => bottom + ((value - least) * (top - bottom)) / (greatest - least);
  return [...columns.values()].flat().map((value) => Math.round(10 * y(value)) / 10);
}

/** A line that goes on, loses points, breaks, comes anew, while its axes move. */
class Scene {
  points = new Points();
  #random;
  #perFrame;
  #isCalm;
  #now = 1790000000;
  #from = this.#now;
  #greatest = 50;
  #right = 300;

  /** @param {number} seed @param {number} perFrame points at most @param {boolean} isCalm: nothing but going on */
  constructor(seed, perFrame, isCalm) {
    this.#random = randomNumbers(seed);
    this.#perFrame = perFrame;
    this.#isCalm = isCalm;
  }

  /** @param {number} share of the times that it is asked */
  seldom(share) {
    return !this.#isCalm && this.#random() < share;
  }

  /** @param {boolean} isSteps @returns {Ground} */
  next(isSteps) {
    this.#change();
    if (this.seldom(0.2)) this.#change();
    if (this.#now > this.#from + 9.5) this.#from = Math.floor(this.#now) - 8.5;
    if (this.seldom(0.02)) this.#greatest = 40 + 20 * this.#random();
    if (this.seldom(0.02)) this.#right = 200 + 200 * this.#random();
    const [from, greatest, right] = [this.#from, this.#greatest, this.#right];
    return { from, to: from + 10, least: 0, greatest, left: 0, right, bottom: 200, top: 0, isSteps, isWhole: false };
  }

  #change() {
    const { points } = this;
    const size = points.end - points.start;
    const fresh = Array.from({ length: Math.floor(this.#random() * this.#perFrame) }, () => {
      this.#now += this.#random() * (this.seldom(0.03) ? 1 : 0.02);
      return this.#now;
    });
    const isAnew = this.seldom(0.01);
    const unsettled = Math.min(size, this.seldom(0.1) ? 40 : 3);
    const again = isAnew ? [] : points.time.slice(points.end - unsettled, points.end);
    const dropped = isAnew ? -1 : Math.max(0, Math.min(size - unsettled, size + fresh.length - 900));
    const times = Float64Array.from(isAnew && this.seldom(0.3) ? [] : [...again, ...fresh]);
    const values = times.map(() => (this.seldom(0.02) ? NaN : 50 * this.#random()));
    points.change(dropped, size - unsettled, times, values);
  }
}

for (const perFrame of [4, 60]) {
  for (const isSteps of [false, true]) {
    test(`the pieces are the whole: ${isSteps ? "steps" : "lines"}, ${perFrame} points a frame at most`, () => {
      for (let seed = 0; seed < 4; seed++) {
        const [scene, live, other] = [new Scene(seed, perFrame, false), new LivePath(), new LivePath()];
        for (let frame = 0; frame < 400; frame++) {
          const ground = scene.next(isSteps);
          const whole = new LivePath().draw(scene.points, { ...ground, isWhole: true }).body;
          const wanted = strokesOf(whole);
          const drawn = [live.draw(scene.points, { ...ground, isWhole: scene.seldom(0.02) })];
          if (scene.seldom(0.5)) drawn.push(other.draw(scene.points, ground)); // which has missed some changes
          for (const { head, body, tail } of drawn) {
            assert.deepEqual(differences(strokesOf(head + body + tail), wanted), [], `seed ${seed}, frame ${frame}`);
          }
          const heights = new Set([...whole.matchAll(/[ML][-\d.]+,([-\d.]+)|V([-\d.]+)/g)].map(([, a, b]) => Number(a ?? b)));
          const lost = heightsOf(scene.points, ground).filter((y) => !heights.has(y));
          assert.deepEqual(lost, [], `extremes of seed ${seed}, frame ${frame}`);
        }
      }
    });
  }
}

for (const perFrame of [4, 20]) {
  test(`most of a line that goes on stays: ${perFrame} points a frame at most`, () => {
    const [scene, live] = [new Scene(1, perFrame, true), new LivePath()];
    let [changed, all] = [0, 0]; // characters
    /** @type {Pieces} */
    let last = { head: "", body: "", tail: "" };
    for (let frame = 0; frame < 400; frame++) {
      const pieces = live.draw(scene.points, scene.next(false));
      for (const name of /** @type {const} */ (["head", "body", "tail"])) {
        if (frame <= 50) continue;
        all += pieces[name].length;
        if (pieces[name] !== last[name]) changed += pieces[name].length;
      }
      last = pieces;
    }
    assert.ok(changed < 0.5 * all, `${changed} of ${all} characters changed`);
  });
}

for (const width of [1, 0.1, 0.001]) {
  test(`a line between samples far outside keeps its slope: ${width} s`, () => {
    const from = 1e9 + 50;
    const axes = { from, to: from + width, least: 50, greatest: 50 + width, right: 1000, bottom: 1000 };
    const [x0, y0, x1, y1] = [...pathOf(pointsOf([1e9, 1e9 + 100], [0, 100]), axes).matchAll(/-?[\d.]+/g)].map(Number);
    const heightAt = (/** @type {number} */ x) => y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
    assert.ok(Math.abs(heightAt(0) - 1000) < 1);
    assert.ok(Math.abs(heightAt(1000)) < 1);
  });
}

test("what comes in bursts is joined from the last of one to the first of the next", () => {
  // Bursts of a whole sine, a second apart: between them the line lies at 0.
  const time = Array.from({ length: 2000 }, (_, i) => Math.floor(i / 100) + (i % 100) / 2000);
  const value = time.map((_, i) => Math.sin((2 * Math.PI * (i % 100)) / 99));
  const path = pathOf(pointsOf(time, value), { to: 20, least: -1, right: 400, bottom: 200 });
  const places = [...path.matchAll(/([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const across = places.slice(1).flatMap(([x, y], i) => (x - places[i][0] > 10 ? [[places[i][1], y]] : []));
  assert.ok(places.length < 400);
  assert.deepEqual(across, Array(19).fill([100, 100]));
});

test("a sample by itself is a dot", () => {
  const path = pathOf(pointsOf([1, 2, 3, 4, 5], [1, NaN, 1, 1, 1]), { greatest: 2, isWhole: true });
  assert.equal(path, "M10,50ZM30,50L40,50L50,50");
});

test("steps hold each value until the next", () => {
  assert.equal(pathOf(pointsOf([1, 2, 4], [0, 1, 0.5]), { isSteps: true, isWhole: true }), "M10,100H20V0H40V50");
});

test("points are numbered as they come, whatever leaves and however the arrays grow", () => {
  const points = pointsOf([0, 1, 2, 3], [0, 10, 20, 30]);
  const [first, third] = [points.numberOf(points.start), points.numberOf(points.start + 2)];
  points.change(1, 3, Float64Array.from({ length: 1000 }, (_, i) => 3 + i), new Float64Array(1000));
  assert.ok(points.indexOf(first) < points.start, "the first has left");
  assert.equal(points.time[points.indexOf(third)], 2);
  assert.equal(points.end - points.start, 1002);
  const { era } = points;
  points.change(-1, 0, Float64Array.of(5), Float64Array.of(1));
  assert.equal(points.era, era + 1);
  assert.deepEqual([...points.time.slice(points.start, points.end)], [5]);
});
