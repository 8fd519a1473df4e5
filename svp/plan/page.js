// SPDX-License-Identifier: LGPL-2.1-or-later
// The charts of a study's page, drawn by Chart.js from the result in the page.
//
// Tables and sentences are there already. Names reach the page as text only (textContent, or drawn on a canvas). Everything is drawn
// anew when something is chosen, when the colours change, and for print; nothing moves, so a picture is final when it is drawn.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const lpars = JSON.parse(document.getElementById("lpars").textContent);
  const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#9a9a9a"];
  const LINES_MAX = 12; // alternatives in one chart
  const LIGHT = { text: "#1b1f24", dim: "#57606a", grid: "#e3e8ed", surface: "#ffffff", mark: "#1b1f24" };
  const DARK = { text: "#e6edf3", dim: "#9aa5b1", grid: "#2a323c", surface: "#12161c", mark: "#ffffff" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let theme = LIGHT;

  // --- Text -------------------------------------------------------------------------------------------------

  // Three digits that count, without an exponent.
  function digits(value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1000) return String(Math.round(value));
    return String(Number(value.toPrecision(3)));
  }

  function duration(seconds) {
    const size = Math.abs(seconds);
    if (size >= 1 || size === 0) return digits(seconds) + " s";
    if (size >= 1e-3) return digits(seconds * 1e3) + " ms";
    return digits(seconds * 1e6) + " \u00b5s";
  }

  function unitName(unit) {
    if (unit === "percent") return "%";
    return unit === "ips" ? "IPs" : unit;
  }

  function shown(value, unit) {
    return unit === "s" ? duration(value) : digits(value) + " " + unitName(unit);
  }

  function two(number) {
    return String(number).padStart(2, "0");
  }

  // The clock at the begin of the run, in seconds since 1970 as if it were UTC; NaN without a clock.
  const clockBegin = data.clock ? Date.parse(data.clock.replace(" ", "T") + "Z") / 1000 : NaN;
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

  function clockText(at_s, withDay, withSeconds) {
    if (Number.isNaN(clockBegin)) {
      const day = Math.floor(at_s / 86400);
      const rest = Math.floor(at_s % 86400);
      const text = Math.floor(rest / 3600) + ":" + two(Math.floor(rest / 60) % 60) + (withSeconds ? ":" + two(rest % 60) : "");
      return (day > 0 ? day + "d " : "") + text;
    }
    const at = new Date((clockBegin + at_s) * 1000);
    const time = two(at.getUTCHours()) + ":" + two(at.getUTCMinutes()) + (withSeconds ? ":" + two(at.getUTCSeconds()) : "");
    return (withDay ? DAYS[at.getUTCDay()] + " " : "") + time;
  }

  // --- Colours ----------------------------------------------------------------------------------------------

  // The colour of an LPAR is the one of the storage map: eight, then the same with hatching.
  function lparFill(name) {
    const place = Math.max(lpars.indexOf(name), 0);
    const hatch = Math.floor(place / PALETTE.length) % 3;
    const colour = PALETTE[place % PALETTE.length];
    if (hatch === 0) return colour;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = hatch === 1 ? "rgba(255, 255, 255, .6)" : "rgba(0, 0, 0, .5)";
    pen.lineWidth = 2;
    pen.beginPath();
    for (let at = -8; at <= 8; at += 8) {
      pen.moveTo(at, hatch === 1 ? 8 : 0);
      pen.lineTo(at + 8, hatch === 1 ? 0 : 8);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  const POINTS = ["circle", "rectRot", "triangle", "rect", "star", "crossRot"];
  const DASHES = [[], [6, 3], [2, 3]];

  function lineStyle(index) {
    const colour = PALETTE[index % PALETTE.length];
    return {
      borderColor: colour,
      backgroundColor: colour,
      pointStyle: POINTS[index % POINTS.length],
      borderDash: DASHES[Math.floor(index / PALETTE.length) % DASHES.length],
    };
  }

  // --- Plugins ----------------------------------------------------------------------------------------------

  // Labels of marks, each in the first row where it does not touch another.
  function layLabels(pen, marks, left, right) {
    const rows = [];
    for (const mark of marks) {
      const width = pen.measureText(mark.label).width + 8;
      mark.left = Math.min(Math.max(mark.x + 3, left), Math.max(right - width, left));
      mark.row = rows.findIndex((end) => end < mark.left);
      if (mark.row < 0) mark.row = rows.push(0) - 1;
      rows[mark.row] = mark.left + width;
    }
    return rows.length;
  }

  // Commands: lines from the top to the bottom, with what was commanded.
  const commandMarks = {
    id: "commandMarks",
    afterDatasetsDraw(chart, _args, options) {
      if (!options.commands || options.commands.length === 0) return;
      const { ctx: pen, chartArea: area, scales } = chart;
      const marks = options.commands.map((command) => ({ x: scales.x.getPixelForValue(command.at_s), label: command.label,
        ok: command.ok, end: scales.x.getPixelForValue(command.end_s) }));
      pen.save();
      pen.font = "600 11px " + Chart.defaults.font.family;
      pen.textBaseline = "middle";
      layLabels(pen, marks, area.left, area.right);
      for (const mark of marks) {
        pen.strokeStyle = theme.mark;
        pen.lineWidth = 1.5;
        pen.setLineDash(mark.ok ? [] : [4, 3]);
        pen.globalAlpha = 0.15;
        pen.fillStyle = theme.mark;
        if (mark.end - mark.x > 1) pen.fillRect(mark.x, area.top, mark.end - mark.x, area.bottom - area.top);
        pen.globalAlpha = 1;
        pen.beginPath();
        pen.moveTo(mark.x, area.top);
        pen.lineTo(mark.x, area.bottom);
        pen.stroke();
        const y = area.top + 9 + mark.row * 17;
        const width = pen.measureText(mark.label).width + 6;
        pen.globalAlpha = 0.88;
        pen.fillStyle = theme.surface;
        pen.fillRect(mark.left, y - 7, width, 15);
        pen.globalAlpha = 1;
        pen.fillStyle = theme.text;
        pen.fillText(mark.label, mark.left + 3, y + 1);
      }
      pen.restore();
    },
  };

  // Intervals: dataset.intervals[i] = [low, high] on the axis of values.
  const intervalBars = {
    id: "intervalBars",
    afterDatasetsDraw(chart) {
      const pen = chart.ctx;
      chart.data.datasets.forEach((dataset, number) => {
        if (!dataset.intervals || !chart.isDatasetVisible(number)) return;
        const axis = chart.scales.y;
        pen.save();
        pen.strokeStyle = dataset.borderColor;
        pen.lineWidth = 2;
        chart.getDatasetMeta(number).data.forEach((point, i) => {
          if (!dataset.intervals[i]) return;
          const [low, high] = dataset.intervals[i].map((value) => axis.getPixelForValue(value));
          pen.beginPath();
          pen.moveTo(point.x, low);
          pen.lineTo(point.x, high);
          for (const end of [low, high]) {
            pen.moveTo(point.x - 4, end);
            pen.lineTo(point.x + 4, end);
          }
          pen.stroke();
        });
        pen.restore();
      });
    },
  };

  // A goal's limit, over the percentile that it is about.
  const limitMarks = {
    id: "limitMarks",
    afterDatasetsDraw(chart, _args, options) {
      const { ctx: pen, chartArea: area, scales } = chart;
      pen.save();
      pen.font = "600 11px " + Chart.defaults.font.family;
      pen.fillStyle = pen.strokeStyle = theme.text;
      pen.setLineDash([5, 3]);
      pen.lineWidth = 1.5;
      pen.textAlign = "center";
      for (const limit of options.limits || []) {
        const y = scales.y.getPixelForValue(limit.value);
        const from = scales.x.getPixelForValue(limit.place - 0.48);
        const to = scales.x.getPixelForValue(limit.place + 0.48);
        pen.beginPath();
        pen.moveTo(from, y);
        pen.lineTo(to, y);
        pen.stroke();
        // Percentiles rise: under the end of the line there is room.
        const half = pen.measureText(limit.label).width / 2;
        const middle = Math.min(Math.max(to - half, area.left + half), area.right - half);
        const base = y < area.bottom - 18 ? y + 14 : y - 6;
        pen.fillText(limit.label, middle, base);
      }
      pen.restore();
    },
  };

  // The difference itself, on its floating bar; and the line of no difference.
  const differencePoints = {
    id: "differencePoints",
    afterDatasetsDraw(chart, _args, options) {
      if (!options.points) return;
      const { ctx: pen, chartArea: area, scales } = chart;
      const zero = scales.x.getPixelForValue(0);
      pen.save();
      pen.strokeStyle = theme.text;
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.moveTo(zero, area.top);
      pen.lineTo(zero, area.bottom);
      pen.stroke();
      chart.getDatasetMeta(0).data.forEach((bar, i) => {
        pen.fillStyle = theme.text;
        pen.beginPath();
        pen.arc(scales.x.getPixelForValue(options.points[i]), bar.y, 4.5, 0, 2 * Math.PI);
        pen.fill();
      });
      pen.restore();
    },
  };

  // How many IPs there are, above the stack.
  const capacityLine = {
    id: "capacityLine",
    beforeDatasetsDraw(chart, _args, options) {
      if (!options.ips) return;
      const { ctx: pen, chartArea: area, scales } = chart;
      const y = scales.y.getPixelForValue(options.ips);
      pen.save();
      pen.strokeStyle = theme.dim;
      pen.setLineDash([6, 4]);
      pen.beginPath();
      pen.moveTo(area.left, y);
      pen.lineTo(area.right, y);
      pen.stroke();
      pen.restore();
    },
  };

  // --- Charts -----------------------------------------------------------------------------------------------

  const charts = {};

  function put(name, config) {
    if (charts[name]) charts[name].destroy();
    delete charts[name];
    const canvas = document.getElementById(name);
    if (canvas && config) charts[name] = new Chart(canvas, config);
  }

  function title(text) {
    return { display: true, text, color: theme.dim, font: { weight: "600" } };
  }

  function grid() {
    return { color: theme.grid, borderColor: theme.grid };
  }

  // Round times of the clock, about one each 90 pixels.
  const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

  function timeTicks(scale) {
    const wanted = Math.max(2, Math.floor(scale.width / 90));
    const step = STEPS_S.find((candidate) => (scale.max - scale.min) / candidate <= wanted) || 2592000;
    const offset = Number.isNaN(clockBegin) ? 0 : clockBegin % step;
    const ticks = [];
    for (let at = Math.ceil((scale.min + offset) / step) * step - offset; at <= scale.max; at += step) ticks.push({ value: at });
    scale.ticks = ticks;
    scale.lparsimStep = step;
  }

  function utilizationDatasets(series) {
    const end = series.t_s[series.t_s.length - 1] + series.interval_s;
    const stepped = (values) => series.t_s.map((at, i) => ({ x: at, y: values[i] })).concat([{ x: Math.min(end, data.length_s),
      y: values[values.length - 1] }]);
    return series.lpars.map((lpar, i) => ({
      label: lpar.lpar,
      data: stepped(lpar.busy_ips),
      ready: lpar.ready_ips,
      backgroundColor: lparFill(lpar.lpar),
      borderColor: theme.surface,
      borderWidth: 0.5,
      fill: i === 0 ? "origin" : "-1",
      stepped: "before",
      pointRadius: 0,
      pointHitRadius: 8,
    }));
  }

  function utilizationTooltip(series) {
    return {
      itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
      callbacks: {
        title: (items) => "From " + clockText(items[0].parsed.x, true, series.interval_s % 60 !== 0),
        label: (item) => {
          const ready = item.dataset.ready ? item.dataset.ready[Math.min(item.dataIndex, item.dataset.ready.length - 1)] : 0;
          const waits = ready >= 0.005 ? ", " + digits(ready) + " waiting" : "";
          return " " + item.dataset.label + ": " + digits(item.parsed.y) + " IPs busy" + waits;
        },
        footer: (items) => "All: " + digits(items.reduce((sum, item) => sum + item.parsed.y, 0)) + " of " + series.ips + " IPs",
      },
    };
  }

  function drawUtilization(alternative) {
    const figure = document.getElementById("utilization-figure");
    const series = alternative && alternative.series;
    const usable = Boolean(series && series.t_s.length > 0);
    figure.hidden = !usable;
    if (!usable) {
      put("utilization", null);
      return;
    }
    const commands = (alternative.commands || []).map((command) => ({ at_s: command.at_s, end_s: command.end_s, ok: command.ok,
      label: command.command + (command.ok ? "" : " (refused)") }));
    put("utilization", {
      type: "line",
      data: { datasets: utilizationDatasets(series) },
      plugins: [commandMarks, capacityLine],
      options: {
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { type: "linear", min: 0, max: data.length_s, grid: grid(), afterBuildTicks: timeTicks,
            title: title(data.clock ? "Time of the clock" : "Time since the begin (h:mm)"),
            ticks: { color: theme.dim, maxRotation: 0, autoSkip: false,
              callback: function (at) { return clockText(at, this.lparsimStep >= 43200 || data.length_s > 86400, this.lparsimStep < 60); } } },
          y: { stacked: true, min: 0, suggestedMax: series.ips, grid: grid(), title: title("Busy IPs (of " + series.ips + ")"),
            ticks: { color: theme.dim } },
        },
        plugins: { commandMarks: { commands }, capacityLine: { ips: series.ips }, tooltip: utilizationTooltip(series),
          legend: { position: "bottom", labels: { color: theme.text, boxWidth: 14 } } },
      },
    });
  }

  // Service classes of all alternatives, each once.
  function classNames() {
    const names = [];
    for (const alternative of data.alternatives)
      for (const one of alternative.percentiles || []) {
        const name = one.lpar + "." + one.class;
        if (!names.includes(name)) names.push(name);
      }
    return names;
  }

  function percentilesOf(alternative, name) {
    return (alternative.percentiles || []).find((one) => one.lpar + "." + one.class === name);
  }

  function limitsOf(name, percents) {
    const limits = [];
    for (const alternative of data.alternatives)
      for (const goal of alternative.goals || []) {
        const match = /\.p([0-9.]+)$/.exec(goal.metric);
        const place = match ? percents.indexOf(Number(match[1])) : -1;
        if (goal.lpar + "." + goal.class === name && place >= 0 && !limits.some((known) => known.label === goal.goal))
          limits.push({ place, value: goal.limit, label: goal.goal });
      }
    return limits;
  }

  function drawPercentiles(name) {
    const having = data.alternatives.filter((alternative) => percentilesOf(alternative, name)).slice(0, LINES_MAX);
    if (having.length === 0) return;
    const percents = [...new Set(having.flatMap((one) => percentilesOf(one, name).points.map((point) => point.percent)))];
    percents.sort((a, b) => a - b);
    const limits = limitsOf(name, percents);
    const apart = Math.min(0.09, 0.6 / having.length);
    const datasets = having.map((alternative, i) => {
      const points = percentilesOf(alternative, name).points;
      const shift = (i - (having.length - 1) / 2) * apart;
      return Object.assign(lineStyle(i), {
        label: alternative.name,
        data: points.map((point) => ({ x: percents.indexOf(point.percent) + shift, y: point.mean_s })),
        intervals: points.map((point) => (point.low_s === null || point.low_s === point.high_s ? null : [point.low_s, point.high_s])),
        percents: points.map((point) => point.percent),
        borderWidth: 1.5,
        pointRadius: 4,
        pointHoverRadius: 6,
      });
    });
    const values = datasets.flatMap((dataset) => dataset.data.map((point) => point.y)).filter((value) => value > 0);
    const wide = Math.max(...values) > 60 * Math.min(...values);
    const tops = datasets.flatMap((dataset) => dataset.intervals.map((interval) => (interval ? interval[1] : 0)));
    put("percentiles", {
      type: "line",
      data: { datasets },
      plugins: [intervalBars, limitMarks],
      options: {
        interaction: { mode: "nearest", intersect: false },
        scales: {
          x: { type: "linear", min: -0.5, max: percents.length - 0.5, grid: { display: false, borderColor: theme.grid },
            title: title("Share of the transactions"),
            afterBuildTicks: (scale) => { scale.ticks = percents.map((_percent, i) => ({ value: i })); },
            ticks: { color: theme.dim, autoSkip: false, maxRotation: 0, callback: (value) => percents[value] + " %" } },
          y: { type: wide ? "logarithmic" : "linear", beginAtZero: !wide, grid: grid(),
            suggestedMax: Math.max(...tops, ...limits.map((limit) => limit.value)),
            title: title("Response time" + (wide ? " (logarithmic)" : "")),
            ticks: { color: theme.dim, callback: (value) => duration(value) } },
        },
        plugins: { limitMarks: { limits }, legend: { position: "bottom", labels: { color: theme.text, usePointStyle: true } },
          tooltip: { callbacks: {
            title: (items) => items[0].dataset.percents[items[0].dataIndex] + " % of the transactions of " + name,
            label: (item) => {
              const interval = item.dataset.intervals[item.dataIndex];
              return " " + item.dataset.label + ": " + duration(item.parsed.y) +
                (interval ? " (" + duration(interval[0]) + " to " + duration(interval[1]) + ")" : "");
            } } } },
      },
    });
  }

  function pairName(row) {
    return row.b + " instead of " + row.a;
  }

  // A long label in lines of that many characters.
  function wrap(text, characters) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines[lines.length - 1];
      if (last !== "" && last.length + word.length >= characters) lines.push(word);
      else lines[lines.length - 1] = last === "" ? word : last + " " + word;
    }
    return lines;
  }

  function drawComparison(metric) {
    const rows = (data.comparisons || []).filter((row) => row.metric === metric).slice(0, 4 * LINES_MAX);
    const canvas = document.getElementById("comparison");
    if (!canvas || rows.length === 0) return;
    const box = canvas.parentElement;
    const characters = box.clientWidth < 600 ? 18 : 34;
    const labels = rows.map((row) => wrap(pairName(row), characters));
    const lines = labels.reduce((sum, label) => sum + Math.max(label.length, 1.6), 0);
    box.style.height = 85 + lines * 22 + "px";
    const unit = rows[0].unit;
    const low = (row) => (row.low === null ? row.difference : row.low);
    const high = (row) => (row.high === null ? row.difference : row.high);
    put("comparison", {
      type: "bar",
      data: { labels, datasets: [{
        label: "Interval of the difference",
        data: rows.map((row) => [low(row), high(row)]),
        backgroundColor: rows.map((row) => (row.significant ? "#56b4e9" : "#9a9a9a")),
        borderColor: rows.map((row) => (row.significant ? "#0072b2" : "#6e6e6e")),
        borderWidth: 1.5, borderSkipped: false, maxBarThickness: 16, minBarLength: 3,
      }] },
      plugins: [differencePoints],
      options: {
        indexAxis: "y",
        interaction: { mode: "index", axis: "y", intersect: false },
        scales: {
          x: { grid: grid(), grace: "8%", suggestedMin: 0, suggestedMax: 0, title: title("Difference of " + metric +
            (unit === "s" ? "" : " (" + unitName(unit) + ")")),
            ticks: { color: theme.dim, maxRotation: 0, callback: (value) => (unit === "s" ? duration(value) : digits(value)) } },
          y: { grid: { display: false, borderColor: theme.grid }, ticks: { color: theme.text, autoSkip: false } },
        },
        plugins: { legend: { display: false }, differencePoints: { points: rows.map((row) => row.difference) },
          tooltip: { callbacks: {
            title: (items) => pairName(rows[items[0].dataIndex]),
            label: (item) => {
              const row = rows[item.dataIndex];
              return " " + shown(row.difference, unit) + " (" + shown(low(row), unit) + " to " + shown(high(row), unit) + ")" +
                (row.significant ? "" : ", may be chance");
            } } } },
      },
    });
  }

  // --- The page ---------------------------------------------------------------------------------------------

  function options(select, names, chosen) {
    for (const name of names) {
      const option = document.createElement("option");
      option.textContent = option.value = name;
      option.selected = name === chosen;
      select.append(option);
    }
    select.addEventListener("change", drawAll);
  }

  const choice = document.getElementById("alternative-choice");
  const classes = document.getElementById("percentiles-class");
  const metrics = document.getElementById("comparison-metric");

  function drawAll() {
    const chosen = Number(choice.value);
    for (const article of document.querySelectorAll(".alternative")) article.hidden = Number(article.dataset.number) !== chosen;
    drawUtilization(data.alternatives[chosen]);
    if (classes) drawPercentiles(classes.value);
    if (metrics) drawComparison(metrics.value);
  }

  function setTheme(next) {
    theme = next;
    Chart.defaults.color = theme.dim;
    Chart.defaults.borderColor = theme.grid;
  }

  // Paper: light, narrow, with all that is folded on the screen.
  function beforePrint() {
    document.documentElement.classList.add("printing");
    for (const details of document.querySelectorAll("details:not(.licence)")) {
      details.dataset.wasOpen = details.open ? "yes" : "";
      details.open = true;
    }
    setTheme(LIGHT);
    drawAll();
  }

  function afterPrint() {
    document.documentElement.classList.remove("printing");
    for (const details of document.querySelectorAll("details:not(.licence)")) details.open = details.dataset.wasOpen === "yes";
    setTheme(dark.matches ? DARK : LIGHT);
    drawAll();
  }

  document.documentElement.classList.remove("no-js");
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  setTheme(dark.matches ? DARK : LIGHT);
  const goals = data.alternatives.flatMap((alternative) => alternative.goals || []);
  if (classes) options(classes, classNames(), goals.length > 0 ? goals[0].lpar + "." + goals[0].class : "");
  if (metrics) {
    const names = [...new Set(data.comparisons.map((row) => row.metric))];
    options(metrics, names, (goals.find((goal) => names.includes(goal.metric)) || {}).metric);
  }
  choice.addEventListener("change", drawAll);
  dark.addEventListener("change", () => { setTheme(dark.matches ? DARK : LIGHT); drawAll(); });
  window.addEventListener("beforeprint", beforePrint);
  window.addEventListener("afterprint", afterPrint);
  drawAll();
})();
