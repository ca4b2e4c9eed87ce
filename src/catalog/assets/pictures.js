/**
 * Draws the pictures of a version: the numbers that the page has as JSON in, one canvas for each figure out.
 *
 * Colours come from the style sheet and are read again when the reader changes to dark or light. The second series is
 * hatched and lines are dashed, so that no meaning depends on colour alone. Nothing moves. A table has the numbers too,
 * for screen readers, for print, and for browsers without scripts.
 */

import {
  BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, LineController, LineElement, PointElement,
  Tooltip,
} from "./vendor/chart.js";
import { breakLines } from "./labels.js";

Chart.register(
  BarController, BarElement, CategoryScale, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip,
);

const FONT_SIZE = 13;
const LINE = FONT_SIZE * 1.25;
const DASHES = [[], [7, 4], [2, 3]];
const POINTS = ["circle", "rect", "triangle"];
/** How a figure is drawn, by what its rows stand for. */
const SHAPES = { area: across, plan: across, body: across, year: upright, month: upright, version: lines };
const WHOLE = { precision: 0 };

const charts = new Map();
for (const figure of document.querySelectorAll("figure.picture")) {
  const block = figure.querySelector("script.numbers-of");
  if (block) show(figure, JSON.parse(block.textContent));
}

function show(figure, { figure: numbers, series, words }) {
  const box = figure.querySelector(".canvas");
  for (const element of [box, ...figure.querySelectorAll("[data-drawn]")]) element.hidden = false;
  let width = 0;
  const draw = () => {
    width = box.clientWidth;
    charts.get(numbers.id)?.destroy();
    const look = readLook(figure, width);
    const { height, ...settings } = SHAPES[numbers.by]({ rows: numbers.rows, series, words, look });
    box.style.height = `${Math.round(height)}px`;
    const canvas = box.querySelector("canvas");
    Object.assign(canvas, { width, height: Math.round(height) });
    charts.set(numbers.id, new Chart(canvas, settings));
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => box.clientWidth && box.clientWidth !== width && draw()).observe(box);
}

/** The colours and fonts of the style sheet, and how wide words are. */
function readLook(figure, width) {
  const style = getComputedStyle(figure);
  const colour = (name) => style.getPropertyValue(name).trim();
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${FONT_SIZE}px ${style.fontFamily}`;
  return {
    width,
    font: { family: style.fontFamily, size: FONT_SIZE, lineHeight: 1.25 },
    measure: (text) => pen.measureText(text).width,
    fg: colour("--fg"), surface: colour("--surface"), grid: colour("--grid"),
    series: [1, 2, 3].map((number) => colour(`--series-${number}`)),
  };
}

function labelOf(row, words) {
  if (row.kind === "others") return `${words.others} (${row.n.toLocaleString(document.documentElement.lang)})`;
  if (row.kind === "nameless") return words.nameless;
  return row.kind === "withdrawn" ? `${row.label} (${words.withdrawn})` : row.label;
}

/** Horizontal bars, one for each label; the canvas is as high as there are rows. */
function across({ rows: all, series, words, look }) {
  // Beside the sum of very many small rows, the rows themselves would be invisible; only the table has the sum.
  const rows = all.filter((row) => row.kind !== "others");
  const labelWidth = Math.min(320, look.width * 0.42);
  const labels = rows.map((row) => breakLines(labelOf(row, words), labelWidth, look.measure));
  const heights = labels.map((lines) => Math.max(30, lines.length * LINE + 10));
  // All rows of such a chart have the same height: that of the row with the most lines.
  const height = 90 + rows.length * Math.max(...heights);
  const scales = { x: { ...scale(look, true), beginAtZero: true, stacked: true }, y: { ...scale(look), stacked: true } };
  scales.y.ticks.autoSkip = false;
  return { ...bars({ rows, series, look, labels, scales }, "y"), height };
}

/** Bars over time. */
function upright({ rows, series, words, look }) {
  const labels = rows.map((row) => labelOf(row, words));
  const scales = { x: scale(look), y: { ...scale(look, true), beginAtZero: true } };
  return { ...bars({ rows, series, look, labels, scales }, "x"), height: 300 };
}

function bars({ rows, series, look, labels, scales }, indexAxis) {
  const datasets = series.map((label, at) => ({
    label,
    data: rows.map((row) => row.values[at]),
    backgroundColor: at ? makeHatching(look.series[at], look.surface) : look.series[at],
    borderColor: look.series[at],
    borderWidth: 1.5,
    maxBarThickness: 26,
  }));
  return { type: "bar", data: { labels, datasets }, options: { ...options(look, series, indexAxis), indexAxis, scales } };
}

/** Lines over the versions; an unknown value is a gap. */
function lines({ rows, series, words, look }) {
  const datasets = series.map((label, at) => ({
    label,
    data: rows.map((row) => row.values[at]),
    borderColor: look.series[at],
    backgroundColor: look.series[at],
    borderDash: DASHES[at],
    pointStyle: POINTS[at],
    pointRadius: 5,
    borderWidth: 2.5,
  }));
  const labels = rows.map((row) => labelOf(row, words));
  const scales = { x: scale(look), y: { ...scale(look, true), beginAtZero: true, grace: "8%" } };
  const settings = options(look, series, "x");
  Object.assign(settings.plugins.legend.labels, { usePointStyle: true, boxWidth: 10, boxHeight: 10 });
  return { type: "line", data: { labels, datasets }, options: { ...settings, scales }, height: 320 };
}

function options(look, series, axis) {
  const labels = { color: look.fg, font: look.font, boxWidth: 26 };
  return {
    animation: false,
    responsive: false, // the figure is drawn anew at another width, since its labels are broken anew
    interaction: { mode: "index", intersect: false, axis },
    plugins: { legend: { display: series.length > 1, position: "top", align: "start", labels } },
  };
}

function scale(look, counts = false) {
  return {
    ticks: { color: look.fg, font: look.font, ...(counts ? WHOLE : {}) },
    grid: { color: look.grid, display: counts },
    border: { color: look.grid },
  };
}

/** A fill of slanted lines. */
function makeHatching(colour, ground) {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat");
}
