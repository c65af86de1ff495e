// An SVG document as a PNG: with all its colours to take away, or with 256 of them and fewer, which is a quarter of the
// size; and a page's service to the kernel, which knows no way to draw one.
//
// Message, kernel to browser: {kind: "raster", number: 7, svg, most}   asks for a PNG of at most so many bytes
// Message, browser to kernel: {kind: "raster", number: 7} with one buffer   the PNG, if it can be as small as that

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** @type {[scale: number, numbersOfColors: number[]][]} */
const ECONOMIES = [[1, [256, 16]], [0.65, [16]]];
const ALIKE = 512; // squared distance of colours that are alike, times how many there are

const CRCS = Uint32Array.from({ length: 256 }, (_, crc) => {
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** @typedef {[red: number, green: number, blue: number]} Color from 0 to 31 each */

export default {
  /** @param {{ model: Model<object, RasterMessage> }} page */
  initialize({ model }) {
    const take = async (/** @type {RasterRequest} */ message) => {
      if (message.kind !== "raster") return;
      const png = await smallPng(message.svg, message.most);
      if (png) model.send({ kind: "raster", number: message.number }, undefined, [await png.arrayBuffer()]);
    };
    model.on("msg:custom", take);
    return () => model.off("msg:custom", take);
  },
};

/** A canvas with the picture, so many times its size.
 * @param {string} svg @param {number} scale */
async function drawn(svg, scale) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")); // there is one in each browser
}

/** A PNG with all colours, as a Blob; null where there is no memory for it.
 * @param {string} svg @param {number} scale @returns {Promise<Blob | null>} */
export async function fullPng(svg, scale) {
  const canvas = await drawn(svg, scale);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** A PNG with few colours (https://www.w3.org/TR/png-3/), as a Blob of no more than `most` bytes: of a dense picture
 * with fewer colours, else smaller; null where that is too large as well.
 * @param {string} svg @param {number} most @returns {Promise<Blob | null>} */
export async function smallPng(svg, most) {
  for (const [scale, numbersOfColors] of ECONOMIES) {
    const canvas = await drawn(svg, scale);
    for (const count of numbersOfColors) {
      const png = await indexedPng(canvas, count);
      if (png.size <= most) return png;
    }
  }
  return null;
}

/** @param {HTMLCanvasElement} canvas @param {number} count */
async function indexedPng(canvas, count) {
  const { width, height } = canvas;
  const { palette, indices } = fewColors(contextOf(canvas).getImageData(0, 0, width, height).data, count);
  const rows = new Uint8Array((width + 1) * height); // each begins with its filter, which is 0: none
  for (let row = 0; row < height; row++) {
    rows.set(indices.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const header = [...number(width), ...number(height), 8, 3, 0, 0, 0];
  const chunks = [chunk("IHDR", header), chunk("PLTE", palette), chunk("IDAT", await packed(rows)), chunk("IEND", [])];
  return new Blob([Uint8Array.from(SIGNATURE), ...chunks], { type: "image/png" });
}

/** The most frequent colours, as many as `count` and no two alike, and for each pixel which of them is the nearest.
 * Colours that differ by less than one in thirty-two count as one.
 * @param {Uint8ClampedArray} pixels @param {number} count */
function fewColors(pixels, count) {
  const counts = new Uint32Array(1 << 15);
  const colors = new Uint16Array(pixels.length / 4);
  for (let at = 0; at < colors.length; at++) {
    const color = ((pixels[4 * at] >> 3) << 10) | ((pixels[4 * at + 1] >> 3) << 5) | (pixels[4 * at + 2] >> 3);
    colors[at] = color;
    counts[color]++;
  }
  const found = [...counts.keys()].filter((color) => counts[color]).sort((one, other) => counts[other] - counts[one]);
  /** @type {Color[]} */
  const kept = [];
  const nearest = new Uint8Array(counts.length);
  for (const color of found) {
    if (kept.length < count && nearestOf(kept, parts(color))[1] >= ALIKE / count) kept.push(parts(color));
  }
  for (const color of found) [nearest[color]] = nearestOf(kept, parts(color));
  const palette = kept.flat().map((part) => Math.round((part * 255) / 31));
  return { palette, indices: Uint8Array.from(colors, (color) => nearest[color]) };
}

/** @param {number} color @returns {Color} */
function parts(color) {
  return [color >> 10, (color >> 5) & 31, color & 31];
}

/** Which of the colours is the nearest to one, and how far that is, squared.
 * @param {Color[]} kept @param {Color} color @returns {[index: number, distance: number]} */
function nearestOf(kept, [red, green, blue]) {
  let best = 0;
  let least = Infinity;
  for (let index = 0; index < kept.length; index++) {
    const [otherRed, otherGreen, otherBlue] = kept[index];
    const distance = (red - otherRed) ** 2 + (green - otherGreen) ** 2 + (blue - otherBlue) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return [best, least];
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function packed(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {number} value */
function number(value) {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

/** @param {string} name @param {ArrayLike<number>} data */
function chunk(name, data) {
  const whole = new Uint8Array(12 + data.length);
  whole.set(number(data.length));
  whole.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  whole.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of whole.subarray(4, 8 + data.length)) crc = CRCS[(crc ^ byte) & 255] ^ (crc >>> 8);
  whole.set(number((crc ^ 0xffffffff) >>> 0), 8 + data.length);
  return whole;
}
