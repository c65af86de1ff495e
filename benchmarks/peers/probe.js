// Looks at the page after each animation frame and notes what it shows; put into a page before its own scripts.
//
// What came from the kernel is counted at the page's websockets. A picture is looked at right after the browser has
// drawn an animation frame: a message posted within requestAnimationFrame is delivered after the drawing. Everything
// goes into arrays of a fixed size, so that noting takes no memory.
(() => {
  const MOST_CHANGES = 500_000, MOST_TRAFFIC = 20_000, TRAFFIC_INTERVAL_MS = 100, ENDS_INTERVAL_MS = 1000;
  const bench = (window.bench = {
    // Of each change of a picture: epoch ms, the plot's number, where its newest value, its greatest and its least
    // stand (px downwards).
    changes: new Float64Array(5 * MOST_CHANGES),
    changed: 0,
    // Ten times a second, twice while the page is hidden: epoch ms, messages and bytes received, messages sent, animation frames so far.
    traffic: new Float64Array(5 * MOST_TRAFFIC),
    noted: 0,
    received: 0,
    bytes: 0,
    sent: 0,
    looks: 0,
    // Given by a peer: (note) => look, where look() calls note(plot, y, top, bottom) for each plot whose picture has
    // changed.
    watch(makeLook) {
      const look = makeLook(note);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { bench.looks++; look(); noteTraffic(); };
      const loop = () => { channel.port2.postMessage(null); requestAnimationFrame(loop); };
      requestAnimationFrame(loop);
    },
    // The picture of lines drawn as SVG, one for each of `plots`: what the `d` of their paths says. `selector` finds a path
    // or what holds the pieces of one line, the last at its end.
    paths: (selector, plots) => (note) => {
      let lines = [];
      const last = [], ends = new Ends();
      const endsOf = (d) => Array.from(d.matchAll(/[ML, ](-?[\d.]+(?:e-?\d+)?)[, ](-?[\d.]+(?:e-?\d+)?)/g), (m) => +m[2]);
      const piecesOf = (line) => (line.matches('path') ? [line] : [...line.querySelectorAll('path.line')]);
      return () => {
        if (lines.length < plots || !lines.every((line) => line.isConnected)) {
          lines = [...document.querySelectorAll(selector)];
        }
        lines.forEach((line, plot) => {
          const pieces = piecesOf(line).map((piece) => piece.getAttribute('d')).filter(Boolean);
          if (!pieces.length || pieces.every((d, i) => d === last[plot]?.[i])) return;
          last[plot] = pieces;
          const y = Number(/(-?[\d.]+(?:e-?\d+)?)$/.exec(pieces[pieces.length - 1].slice(-30))?.[1]);
          note(plot, y, ...ends.of(plot, () => endsOf(pieces.join(''))));
        });
      };
    },
    // The picture of lines drawn on canvases: where the stroke ended that drew one. `points` is how many a stroke has
    // at least to be a line and not an axis. Canvases are numbered as they come.
    strokes: (points) => (note) => {
      const context = CanvasRenderingContext2D.prototype;
      const { beginPath, lineTo, stroke } = context;
      const ends = new Map(), numbers = new Map();
      let count = 0, y = 0, top = Infinity, bottom = -Infinity;
      context.beginPath = function () {
        count = 0;
        top = Infinity;
        bottom = -Infinity;
        return beginPath.call(this);
      };
      context.lineTo = function (x1, y1) {
        count++;
        y = y1;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        return lineTo.call(this, x1, y1);
      };
      context.stroke = function (path) {
        if (count >= points) ends.set(this.canvas, [y, top, bottom]);
        return path === undefined ? stroke.call(this) : stroke.call(this, path);
      };
      return () => {
        for (const [canvas, places] of ends) note(numberOf(numbers, canvas), ...places);
        ends.clear();
      };
    },
    // The picture of lines that come as images: how high the rightmost bluish pixels stand.
    images: () => (note) => {
      const context = CanvasRenderingContext2D.prototype;
      const { drawImage } = context;
      const changed = new Set(), numbers = new Map(), ends = new Ends();
      const isLine = (data, at) => data[at + 2] > data[at] + 80 && data[at + 3] > 80;
      const endsOf = (picture) => {
        const { width, height } = picture.canvas;
        const { data } = picture.getImageData(0, 0, width, height);
        const found = [];
        for (let at = 0; at < data.length; at += 4) if (isLine(data, at)) found.push(Math.floor(at / (4 * width)));
        return found;
      };
      context.drawImage = function (...args) {
        if (this.canvas.isConnected) changed.add(this);
        return drawImage.apply(this, args);
      };
      const height = (picture) => {
        const width = Math.ceil(picture.canvas.width / 8), left = picture.canvas.width - width;
        const { data } = picture.getImageData(left, 0, width, picture.canvas.height);
        for (let x = width - 1; x >= 0; x--) {
          for (let at = 4 * x; at < data.length; at += 4 * width) {
            if (isLine(data, at)) return Math.floor(at / (4 * width));
          }
        }
        return NaN;
      };
      return () => {
        for (const picture of changed) {
          const y = height(picture), plot = numberOf(numbers, picture.canvas);
          if (!Number.isNaN(y)) note(plot, y, ...ends.of(plot, () => endsOf(picture)));
        }
        changed.clear();
      };
    },
    report: () => ({
      changes: Array.from(bench.changes.subarray(0, 5 * bench.changed)),
      traffic: Array.from(bench.traffic.subarray(0, 5 * bench.noted)),
    }),
  });
  const now = () => performance.timeOrigin + performance.now();
  function note(plot, y, top, bottom) {
    if (bench.changed < MOST_CHANGES) bench.changes.set([now(), plot, y, top, bottom], 5 * bench.changed++);
  }
  // Where lines reach to, looked at once a second, as that costs more.
  class Ends {
    #known = [];
    of(plot, places) {
      const known = this.#known[plot];
      if (known && now() - known.at < ENDS_INTERVAL_MS) return known.ends;
      const ends = places().reduce(([top, bottom], y) => [Math.min(top, y), Math.max(bottom, y)], [Infinity, -Infinity]);
      this.#known[plot] = { at: now(), ends };
      return ends;
    }
  }
  function numberOf(numbers, thing) {
    if (!numbers.has(thing)) numbers.set(thing, numbers.size);
    return numbers.get(thing);
  }
  setInterval(noteTraffic, 500); // also while the page is hidden and there are no animation frames
  let notedAt = 0;
  function noteTraffic() {
    if (now() - notedAt < TRAFFIC_INTERVAL_MS || bench.noted === MOST_TRAFFIC) return;
    notedAt = now();
    bench.traffic.set([notedAt, bench.received, bench.bytes, bench.sent, bench.looks], 5 * bench.noted++);
  }
  window.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      if (!String(url).includes('/channels')) return;
      this.addEventListener('message', ({ data }) => {
        bench.received++;
        bench.bytes += data.byteLength ?? data.size ?? data.length;
      });
    }
    send(data) {
      bench.sent++;
      super.send(data);
    }
  };
})();
