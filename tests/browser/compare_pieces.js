// Draws a line piece by piece, twice, through many changes, beside a fresh drawing of the whole at each, and looks for every
// extreme of every column in it. Returns what is wrong, else how many characters of paths changed, of how many.
async ([script, seed, isSteps, perFrame, isCalm]) => {
    const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
    const {LivePath, Points} = await import(url);
    let state = seed;
    const random = () => { state = (1664525 * state + 1013904223) % 4294967296; return state / 4294967296; };
    const seldom = (share) => !isCalm && random() < share;
    const stretches = (d) => {
        const found = new Set();
        let at = null;
        for (const [, letter, numbers] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
            const [x, y] = numbers.split(',').map(Number);
            const next = {M: [x, y], L: [x, y], H: [x, at?.[1]], V: [at?.[0], x], Z: at}[letter];
            if ('LHV'.includes(letter)) found.add(`${at} to ${next}`);
            at = next;
        }
        return found;
    };
    const ends = (d) => new Set([...stretches(d)].flatMap((stretch) => stretch.split(' to ')));
    // Where the data reaches to in each column, and in a place by itself.
    const extremes = (points, ground) => {
        const width = (2 / Math.max(devicePixelRatio, 1)) * (ground.to - ground.from) / (ground.right - ground.left);
        const origin = Math.floor(ground.from / width) * width, columns = new Map();
        for (let i = points.start; i < points.end; i++) {
            const time = points.time[i], value = points.value[i];
            if (Number.isNaN(value) || time <= ground.from || time >= ground.to) continue;
            const column = Math.floor((time - origin) / width), known = columns.get(column);
            columns.set(column, known ? [Math.min(known[0], value), Math.max(known[1], value)] : [value, value]);
        }
        const perUnit = -200 / (ground.greatest - ground.least);
        const y = (value) => Math.round(10 * (200 + (value - ground.least) * perUnit)) / 10;
        return [...columns.values()].flat().map(y);
    };

    const points = new Points(), live = new LivePath(), second = new LivePath();
    let now = 1790000000, from = now, greatest = 50, right = 300, changed = 0, of = 0, last = null;
    const change = () => {
        const size = points.end - points.start;
        const fresh = Array.from({length: Math.floor(random() * perFrame)}, () => (now += random() * (seldom(0.03) ? 1 : 0.02)));
        const isAnew = seldom(0.01);
        const unsettled = Math.min(size, seldom(0.1) ? 40 : 3);
        const again = isAnew ? [] : [...points.time.slice(points.end - unsettled, points.end)];
        const dropped = isAnew ? -1 : Math.max(0, Math.min(size - unsettled, size + fresh.length - 900));
        const times = Float64Array.from(isAnew && seldom(0.3) ? [] : [...again, ...fresh]);
        points.change(dropped, size - unsettled, times, times.map(() => (seldom(0.02) ? NaN : 50 * random())));
    };
    for (let frame = 0; frame < 400; frame++) {
        change();
        if (seldom(0.2)) change();
        if (now > from + 9.5) from = Math.floor(now) - 8.5;
        if (seldom(0.02)) greatest = 40 + 20 * random();
        if (seldom(0.02)) right = 200 + 200 * random();
        const ground = {from, to: from + 10, least: 0, greatest, left: 0, right, bottom: 200, top: 0, isSteps};
        const whole = new LivePath().draw(points, {...ground, isWhole: true}).body;
        const pieces = live.draw(points, {...ground, isWhole: seldom(0.02)});
        const others = seldom(0.5) ? second.draw(points, {...ground, isWhole: false}) : pieces;
        const wanted = stretches(whole);
        for (const {head, body, tail} of [pieces, others]) {
            const drawn = stretches(head + body + tail);
            const missing = [...wanted].filter((stretch) => !drawn.has(stretch));
            const excess = [...drawn].filter((stretch) => !wanted.has(stretch));
            if (missing.length || excess.length) return {frame, missing, excess, pieces, whole};
        }
        const heights = new Set([...whole.matchAll(/[ML][-\d.]+,([-\d.]+)|V([-\d.]+)/g)].map(([, a, b]) => Number(a ?? b)));
        const lost = extremes(points, ground).filter((y) => !heights.has(y));
        if (lost.length) return {frame, lost, whole};
        for (const name of ['head', 'body', 'tail']) {
            if (frame > 50 && pieces[name] !== last[name]) changed += pieces[name].length;
            if (frame > 50) of += pieces[name].length;
        }
        last = pieces;
    }
    return {changed, of};
}
