// What the page of words does: hints, search, flight, neighbours, labels, and the list of a selection.
// Runs once the document is ready, as the body of a function. Its arguments are Bokeh's models, made
// in pages.py: words, shown and named are sources of data, the others a plot and its widgets.

const n = words.get_length();
const { word, x, y, near } = words.data;
const k = near.shape[1];
const lower = Array.from(word, (each) => each.toLowerCase());
const MOST_NAMED = 200;
const x_range = plot.x_range, y_range = plot.y_range;

function neighbours(i) {
  return Array.from({ length: k }, (_, j) => near[i * k + j]);
}

// Show a word and its neighbours, or nothing for -1.
function highlight(i) {
  const rows = i < 0 ? [] : [i, ...neighbours(i)];
  shown.data = {
    x: rows.map((row) => x[row]),
    y: rows.map((row) => y[row]),
    word: rows.map((row) => word[row]),
    style: rows.map((row) => (row === i ? "bold" : "normal")),
  };
  said.text = i < 0 ? "" : `${word[i]}: ${neighbours(i).map((row) => word[row]).join(", ")}`;
  label();
}

// The view of all words, in which a step to the right is as long as one upward.
function whole() {
  const [left, right] = ends(x), [bottom, top] = ends(y);
  const ratio = plot.inner_height / plot.inner_width;
  const half = Math.max(right - left, (top - bottom) / ratio) * 0.54 || 1;
  return around((left + right) / 2, (bottom + top) / 2, half);
}

function ends(values) {
  return values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)],
    [Infinity, -Infinity]);
}

function around(middle_x, middle_y, half) {
  const ratio = plot.inner_height / plot.inner_width;
  return [middle_x - half, middle_x + half, middle_y - half * ratio, middle_y + half * ratio];
}

function view(at) {
  x_range.setv({ start: at[0], end: at[1] });
  y_range.setv({ start: at[2], end: at[3] });
}

// Show all words, now and after a reset.
function fit() {
  const at = whole();
  x_range.setv({ reset_start: at[0], reset_end: at[1] });
  y_range.setv({ reset_start: at[2], reset_end: at[3] });
  view(at);
}

// Move the view in half a second so that a word is in the middle, and its neighbours are around it.
function fly(i) {
  const all = whole();
  const far = (values) => neighbours(i).map((row) => Math.abs(values[row] - values[i]));
  const wanted = Math.max(...far(x), ...far(y), (all[1] - all[0]) / 100) * 1.3;
  const from = [x_range.start, x_range.end, y_range.start, y_range.end];
  const to = around(x[i], y[i], Math.min(wanted, (all[1] - all[0]) / 6));
  const began = performance.now();
  function step(now) {
    const t = Math.min(Math.max(now - began, 0) / 500, 1);
    const eased = t * t * (3 - 2 * t);
    view(from.map((value, j) => value + eased * (to[j] - value)));
    if (t < 1) requestAnimationFrame(step);
  }
  requestAnimationFrame(step);
}

// The word that is spelled like this, or else the first that begins so, or has it inside.
function find(text) {
  const wanted = text.trim().toLowerCase();
  const tests = [
    (_, i) => word[i] === text.trim(),
    (each) => each === wanted,
    (each) => each.startsWith(wanted),
    (each) => each.includes(wanted),
  ];
  for (const fits of wanted ? tests : []) {
    const found = lower.findIndex(fits);
    if (found >= 0) return found;
  }
  return -1;
}

// Name the first words in view, as many as have room, a moment after it has changed.
let waiting = 0;
function label() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const wide = plot.inner_width / (x_range.end - x_range.start);
    const high = plot.inner_height / (y_range.end - y_range.start);
    const box = (at_x, at_y, text) => {
      const left = (at_x - x_range.start) * wide, middle = (at_y - y_range.start) * high;
      return [left, middle - 8, left + 7 * text.length + 10, middle + 8];
    };
    const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
    const taken = shown.data.word.map((text, i) => box(shown.data.x[i], shown.data.y[i], text));
    const chosen = [];
    for (let i = 0; i < n && chosen.length < MOST_NAMED; i++) {
      if (x[i] < x_range.start || x[i] > x_range.end) continue;
      if (y[i] < y_range.start || y[i] > y_range.end) continue;
      const own = box(x[i], y[i], word[i]);
      if (taken.some((other) => overlap(own, other))) continue;
      taken.push(own);
      chosen.push(i);
    }
    const of = (values) => chosen.map((i) => values[i]);
    named.data = { x: of(x), y: of(y), word: of(word) };
  }, 120);
}

search.properties.value.change.connect(() => {
  const i = find(search.value);
  if (i < 0) {
    said.text = search.value.trim() ? `${search.value}: no such word here` : "";
    return;
  }
  words.selected.indices = [i];
  fly(i);
});

words.selected.properties.indices.change.connect(() => {
  const rows = words.selected.indices;
  highlight(rows.length === 1 ? rows[0] : -1);
  save.disabled = rows.length === 0;
  save.label = rows.length ? `Save selection (${rows.length})` : "Save selection";
});

save.on_click(() => {
  const rows = Array.from(words.selected.indices).sort((a, b) => a - b);
  const text = rows.map((row) => word[row] + "\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = "words.txt";
  link.click();
  URL.revokeObjectURL(link.href);
});

for (const range of [x_range, y_range]) {
  range.properties.start.change.connect(label);
  range.properties.end.change.connect(label);
}
for (const size of [plot.properties.inner_width, plot.properties.inner_height]) {
  size.change.connect(fit);
}
fit();
