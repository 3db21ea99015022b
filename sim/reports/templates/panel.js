"use strict";
// Draws the panel of the municipality chosen from the data of the page; knows no word of any language.
(function () {
  var data = JSON.parse(document.getElementById("panel-data").textContent);
  var words = data.words, eras = data.eras, chosen = 0;
  var select = document.getElementById("place"), box = document.getElementById("panel");
  var space = document.querySelector("#panel-space").namespaceURI;
  var blue = "#0072B2", orange = "#E69F00", red = "#D55E00", grey = "#7F7F7F";

  function node(name, attributes, text) {
    var svg = /^(svg|g|path|line|rect|text|circle|polyline|title)$/.test(name);
    var made = svg ? document.createElementNS(space, name) : document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function shown(value, digits) {
    return value === null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  function here(v) { return v !== null; }
  function ticks(low, high) {
    var step = Math.pow(10, Math.floor(Math.log10((high - low) / 4 || 1)));
    [2, 5, 10].some(function (m) { if ((high - low) / step <= 5) return true; step = step * (m === 5 ? 2.5 : 2); return false; });
    var found = [];
    for (var t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) found.push(Math.round(t / step) * step + 0);
    return { at: found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }
  function chart(c) {
    var w = 340, h = 168, left = 52, right = 10, top = 8, bottom = 20, n = eras.length;
    var whole = data.whole[c.k] && chosen > 0 ? data.whole[c.k] : null, all = [];
    c.l.forEach(function (line) { all = all.concat(line[1]); });
    (c.b || []).forEach(function (end) { all = all.concat(end); });
    c.p.forEach(function (p) { all.push(p[1]); });
    if (whole) { all = all.concat(whole.v); whole.p.forEach(function (p) { all.push(p[1]); }); }
    all = all.filter(here);
    var low = Math.min.apply(null, all), high = Math.max.apply(null, all);
    if (!all.length) { low = 0; high = 1; }
    var room = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
    low = low >= 0 && low - room < 0 ? 0 : low - room; high += room;
    function x(i) { return left + (w - left - right) * (n > 1 ? (i + 0.5) / n : 0.5); }
    function y(v) { return top + (h - top - bottom) * (high - v) / (high - low); }
    var svg = node("svg", { viewBox: "0 0 " + w + " " + h, role: "img", "aria-label": [c.t, c.e, c.s, c.r].join(" ") });
    if (c.u < n - 1) {
      var from = c.u < 0 ? left : (x(c.u) + x(c.u + 1)) / 2;
      svg.appendChild(node("rect", { x: from, y: top, width: w - right - from, height: h - top - bottom, fill: "#000", opacity: 0.045 }));
    }
    // the pointer reads all of a year from anywhere above it; a published value keeps its own reading, with its source
    eras.forEach(function (era, i) {
      var told = c.l.map(function (l) { return l[0] + " " + shown(l[1][i], c.d); });
      if (c.b && here(c.b[0][i])) told.push(words.legend_90 + " " + shown(c.b[0][i], c.d) + "–" + shown(c.b[3][i], c.d));
      c.p.forEach(function (p) { if (p[0] === i) told.push(words.published + " " + shown(p[1], c.d)); });
      if (whole && here(whole.v[i])) told.push(words.whole + " " + shown(whole.v[i], c.d));
      var wide = (w - left - right) / n;
      var area = node("rect", { x: left + wide * i, y: top, width: wide, height: h - top - bottom, fill: "none", "pointer-events": "all", "class": "reads" });
      area.appendChild(node("title", {}, [era].concat(told).join("\n")));
      svg.appendChild(area);
    });
    var scale = ticks(low, high);
    scale.at.forEach(function (t) {
      svg.appendChild(node("line", { x1: left, x2: w - right, y1: y(t), y2: y(t), stroke: "#e3e7ec", "pointer-events": "none" }));
      svg.appendChild(node("text", { x: left - 5, y: y(t) + 3.5, "text-anchor": "end" }, shown(t, scale.digits)));
    });
    eras.forEach(function (era, i) { svg.appendChild(node("text", { x: x(i), y: h - 6, "text-anchor": "middle" }, era)); });
    function band(lows, highs, opacity) {
      var up = [], down = [];
      lows.forEach(function (v, i) { if (here(v)) { up.push(x(i) + "," + y(highs[i])); down.unshift(x(i) + "," + y(v)); } });
      if (up.length) svg.appendChild(node("path", { d: "M" + up.concat(down).join("L") + "Z", fill: blue, opacity: opacity, "pointer-events": "none" }));
    }
    if (c.b) { band(c.b[0], c.b[3], 0.14); band(c.b[1], c.b[2], 0.2); }
    function line(values, colour, dash, width) {
      var points = [];
      values.forEach(function (v, i) { if (here(v)) points.push(x(i) + "," + y(v)); });
      svg.appendChild(node("polyline", { points: points.join(" "), fill: "none", stroke: colour, "stroke-width": width, "stroke-dasharray": dash, "pointer-events": "none" }));
    }
    function dots(points, colour) {
      points.forEach(function (p) {
        var a = x(p[0]), b = y(p[1]), s = 4.5;
        var d = node("path", { d: "M" + [[a, b - s], [a + s, b], [a, b + s], [a - s, b]].join("L") + "Z", fill: "#fff", "fill-opacity": 0.4, stroke: colour, "stroke-width": 1.7, "class": "dot" });
        d.appendChild(node("title", {}, words.published + " " + eras[p[0]] + " " + shown(p[1], c.d) + " – " + data.sources[p[2]]));
        svg.appendChild(d);
      });
    }
    if (whole) { line(whole.v, grey, "", 1.3); dots(whole.p, grey); }
    c.l.slice().reverse().forEach(function (l, back) {
      var first = back === c.l.length - 1, colour = first ? blue : orange;
      line(l[1], colour, first ? "" : "5 3", 2);
      l[1].forEach(function (v, i) {
        if (!here(v)) return;
        svg.appendChild(node("circle", { cx: x(i), cy: y(v), r: 2.6, fill: colour, "pointer-events": "none" }));
      });
    });
    dots(c.p, red);
    var figure = node("figure", { "class": "chart" }), caption = node("figcaption");
    caption.appendChild(node("strong", {}, c.t));
    caption.appendChild(node("span", { "class": "end" }, c.e));
    figure.appendChild(caption);
    figure.appendChild(svg);
    if (c.l.length > 1) {
      var key = node("p", { "class": "key" });
      c.l.forEach(function (l, i) { key.appendChild(node("span", { "class": i ? "second" : "first" }, l[0])); });
      figure.appendChild(key);
    }
    figure.appendChild(node("p", { "class": "known" }, c.s + (c.r ? " " + c.r : "")));
    return figure;
  }
  function bars(d) {
    var w = 340, row = 19, h = row * d.rows.length + 4, middle = 172, figure = node("figure", { "class": "chart" });
    var most = Math.max.apply(null, d.rows.map(function (r) { return Math.abs(r[1]); })) || 1;
    var low = Math.min.apply(null, d.rows.map(function (r) { return Math.min(0, r[1]); }));
    var high = Math.max.apply(null, d.rows.map(function (r) { return Math.max(0, r[1]); }));
    var unit = (w - middle - 92) / (high - low || most), zero = middle + 42 - low * unit;
    var svg = node("svg", { viewBox: "0 0 " + w + " " + h, role: "img", "aria-label": d.t + " " + d.s });
    d.rows.forEach(function (r, i) {
      var length = Math.abs(r[1]) * unit, start = r[1] < 0 ? zero - length : zero, middleOf = i * row + row / 2 + 5.5;
      svg.appendChild(node("text", { x: middle - 4, y: middleOf, "text-anchor": "end", "class": r[0].length > 17 ? "long" : "" }, r[0]));
      var bar = node("rect", { x: start, y: i * row + 4, width: Math.max(length, 0.5), height: row - 6, fill: r[1] < 0 ? blue : red });
      bar.appendChild(node("title", {}, r[0] + " " + (r[1] > 0 ? "+" : "") + shown(r[1], d.d)));
      svg.appendChild(bar);
      svg.appendChild(node("text", { x: r[1] < 0 ? start - 3 : start + length + 3, y: middleOf, "text-anchor": r[1] < 0 ? "end" : "start" }, (r[1] > 0 ? "+" : "") + shown(r[1], d.d)));
    });
    svg.appendChild(node("line", { x1: zero, x2: zero, y1: 2, y2: h - 2, stroke: "#444", "stroke-width": 0.8 }));
    var caption = node("figcaption");
    caption.appendChild(node("strong", {}, d.t));
    figure.appendChild(caption);
    figure.appendChild(svg);
    figure.appendChild(node("p", { "class": "known" }, d.s));
    return figure;
  }
  function rows(place) {
    var found = [[words.figure, words.series].concat(eras)];
    place.charts.forEach(function (c) {
      function add(name, values) { found.push([c.t, name].concat(values.map(function (v) { return v === null ? "" : v; }))); }
      c.l.forEach(function (l) { add(l[0], l[1]); });
      if (c.b) { add(words.low90, c.b[0]); add(words.high90, c.b[3]); }
      if (c.p.length) add(words.published, eras.map(function (_, i) { var p = c.p.filter(function (q) { return q[0] === i; }); return p.length ? p[0][1] : null; }));
    });
    if (place.drivers) place.drivers.rows.forEach(function (r) { found.push([place.drivers.t, r[0], r[1]]); });
    return found;
  }
  function table(place) {
    var made = node("table"), body = node("tbody");
    rows(place).forEach(function (cells, i) {
      var tr = node("tr");
      cells.forEach(function (cell, j) {
        var digits = String(cell).split(".")[1];
        var text = typeof cell === "number" ? shown(cell, digits ? digits.length : 0) : cell;
        tr.appendChild(node(i && j > 1 ? "td" : "th", { "class": j < 2 ? "left" : "", scope: i ? "row" : "col" }, text));
      });
      if (i) body.appendChild(tr); else { var head = node("thead"); head.appendChild(tr); made.appendChild(head); }
    });
    made.appendChild(body);
    return made;
  }
  function draw(at) {
    chosen = at;
    var place = data.places[at];
    select.value = String(place.code);
    document.documentElement.classList.toggle("one", at > 0);
    document.getElementById("panel-print").textContent = at > 0 ? words.print : words.print_whole;
    box.textContent = "";
    box.appendChild(node("h3", { "class": "title" }, place.title));
    if (place.note) box.appendChild(node("p", { "class": "rough" }, place.note));
    if (place.said) box.appendChild(node("p", { "class": "said" }, place.said));
    var charts = node("div", { "class": "charts" });
    place.charts.forEach(function (c) { charts.appendChild(chart(c)); });
    if (place.drivers) charts.appendChild(bars(place.drivers));
    box.appendChild(charts);
    var figures = document.getElementById("panel-table");
    figures.textContent = "";
    figures.appendChild(table(place));
  }
  function wanted() {
    var found = /^#ward=(.+)$/.exec(location.hash);
    if (!found) return -1;
    var text = decodeURIComponent(found[1]);
    return data.places.findIndex(function (p) { return String(p.code) === text || p.name === text; });
  }
  data.places.forEach(function (p, i) {
    var parent = select;
    if (p.kind >= 0) {
      parent = document.getElementById("kind-" + p.kind);
      if (!parent) { parent = node("optgroup", { id: "kind-" + p.kind, label: data.kinds[p.kind] }); select.appendChild(parent); }
    }
    parent.appendChild(node("option", { value: p.code }, p.name));
  });
  select.addEventListener("change", function () {
    var at = data.places.findIndex(function (p) { return String(p.code) === select.value; });
    draw(at);
    history.replaceState(null, "", at > 0 ? "#ward=" + data.places[at].code : location.pathname + location.search);
  });
  window.addEventListener("hashchange", function () { if (wanted() >= 0) draw(wanted()); });
  document.getElementById("panel-print").addEventListener("click", function () { window.print(); });
  document.getElementById("panel-csv").addEventListener("click", function () {
    saveTable(document.title + "_" + data.places[chosen].name, rows(data.places[chosen]));
  });
  document.getElementById("with-appendix").addEventListener("change", function (event) {
    document.documentElement.classList.toggle("short", !event.target.checked);
  });
  document.documentElement.classList.add("short");
  document.querySelectorAll("button.csv").forEach(function (button) {
    button.addEventListener("click", function () {
      var cells = Array.from(document.getElementById(button.dataset.table).rows).map(function (row) {
        return Array.from(row.cells).map(function (cell) { return cell.textContent.trim(); });
      });
      saveTable(button.dataset.name, cells);
    });
  });
  document.getElementById("ward").hidden = false;
  draw(Math.max(wanted(), 0));
})();
