// Looks at the page after each animation frame and notes what it shows; put into a page before its own scripts.
//
// What came from the kernel is counted at the page's websockets. A picture is looked at right after the browser has
// drawn an animation frame: a message posted within requestAnimationFrame is delivered after the drawing. Everything
// goes into arrays of a fixed size, so that noting takes no memory.
(() => {
  const MOST_CHANGES = 1_000_000, MOST_TRAFFIC = 20_000, TRAFFIC_INTERVAL_MS = 100;
  const bench = (window.bench = {
    // Of each change of a picture: epoch ms, the plot's number, where its newest value stands (px from some origin).
    changes: new Float64Array(3 * MOST_CHANGES),
    changed: 0,
    // Ten times a second: epoch ms, messages and bytes received, messages sent, animation frames so far.
    traffic: new Float64Array(5 * MOST_TRAFFIC),
    noted: 0,
    received: 0,
    bytes: 0,
    sent: 0,
    looks: 0,
    // Given by a peer: (note) => look, where look() calls note(plot, y) for each plot whose picture has changed.
    watch(makeLook) {
      const look = makeLook(note);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { bench.looks++; look(); noteTraffic(); };
      const loop = () => { channel.port2.postMessage(null); requestAnimationFrame(loop); };
      requestAnimationFrame(loop);
    },
    // The picture of lines drawn as SVG paths, one a plot: what their `d` says.
    paths: (selector) => (note) => {
      let paths = [];
      const last = [];
      return () => {
        if (!paths.length || !paths.every((path) => path.isConnected)) paths = [...document.querySelectorAll(selector)];
        paths.forEach((path, plot) => {
          const d = path.getAttribute('d');
          if (!d || d === last[plot]) return;
          last[plot] = d;
          note(plot, Number(/(-?[\d.]+(?:e-?\d+)?)$/.exec(d.slice(-30))?.[1]));
        });
      };
    },
    // The picture of lines drawn on canvases: where the longest stroke since the last look ended. `plotOf` gives the
    // number of a canvas's plot, `points` how many a stroke has at least to be a line and not an axis.
    strokes: (plotOf, points) => (note) => {
      const context = CanvasRenderingContext2D.prototype;
      const { beginPath, lineTo, stroke } = context;
      const ends = new Map();
      let count = 0, y = 0;
      context.beginPath = function () { count = 0; return beginPath.call(this); };
      context.lineTo = function (x1, y1) { count++; y = y1; return lineTo.call(this, x1, y1); };
      context.stroke = function (path) {
        if (count >= points) ends.set(this.canvas, y);
        return path === undefined ? stroke.call(this) : stroke.call(this, path);
      };
      return () => {
        for (const [canvas, end] of ends) {
          const plot = plotOf(canvas);
          if (plot >= 0) note(plot, end);
        }
        ends.clear();
      };
    },
    report: () => ({
      changes: Array.from(bench.changes.subarray(0, 3 * bench.changed)),
      traffic: Array.from(bench.traffic.subarray(0, 5 * bench.noted)),
    }),
  });
  const now = () => performance.timeOrigin + performance.now();
  function note(plot, y) {
    if (bench.changed < MOST_CHANGES) bench.changes.set([now(), plot, y], 3 * bench.changed++);
  }
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
