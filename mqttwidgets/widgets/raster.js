// An SVG document as a PNG: with all its colours to take away, or with 256 of them, which is a quarter of the size.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const MOST_COLORS = 256;

const CRCS = Uint32Array.from({ length: 256 }, (_, crc) => {
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** A canvas with the picture, so many times its size. */
async function drawn(svg, scale) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A PNG with all colours, as a Blob. */
export async function fullPng(svg, scale) {
  const canvas = await drawn(svg, scale);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** A PNG with few colours (https://www.w3.org/TR/png-3/), as a Blob. */
export async function smallPng(svg, scale) {
  const canvas = await drawn(svg, scale);
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const { palette, indices } = fewColors(pixels);
  const rows = new Uint8Array((width + 1) * height); // each begins with its filter, which is 0: none
  for (let row = 0; row < height; row++) {
    rows.set(indices.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const header = [...number(width), ...number(height), 8, 3, 0, 0, 0];
  const chunks = [chunk("IHDR", header), chunk("PLTE", palette), chunk("IDAT", await packed(rows)), chunk("IEND", [])];
  return new Blob([Uint8Array.from(SIGNATURE), ...chunks], { type: "image/png" });
}

/** The most frequent colours, and for each pixel which of them is the nearest. Colours that differ by less than one
 * in thirty-two count as one. */
function fewColors(pixels) {
  const counts = new Map();
  const colors = new Uint16Array(pixels.length / 4);
  for (let at = 0; at < colors.length; at++) {
    const color = ((pixels[4 * at] >> 3) << 10) | ((pixels[4 * at + 1] >> 3) << 5) | (pixels[4 * at + 2] >> 3);
    colors[at] = color;
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const parts = (color) => [color >> 10, (color >> 5) & 31, color & 31];
  const kept = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one)).slice(0, MOST_COLORS);
  const keptParts = kept.map(parts);
  const distance = (one, other) => one.reduce((sum, part, place) => sum + (part - other[place]) ** 2, 0);
  const nearest = new Map(kept.map((color, index) => [color, index]));
  for (const color of counts.keys()) {
    if (nearest.has(color)) continue;
    const distances = keptParts.map((each) => distance(parts(color), each));
    nearest.set(color, distances.indexOf(Math.min(...distances)));
  }
  const palette = keptParts.flat().map((part) => Math.round((part * 255) / 31));
  return { palette, indices: Uint8Array.from(colors, (color) => nearest.get(color)) };
}

async function packed(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function number(value) {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

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
