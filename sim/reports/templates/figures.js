"use strict";
// Draws the figures of the page anew with ECharts, from what was read off the drawn ones (sim/reports/plots): values
// under pointer and arrow keys, a legend that switches, zoom, CSV. On paper and without script the drawn ones stand.
(function () {
  var data = JSON.parse(document.getElementById("figure-data").textContent), words = data.words;
  var ink = "#1d2733", soft = "#55606d", rule = "#e3e7ec", family = getComputedStyle(document.body).fontFamily;
  var LEAST = 11, MOST = 12.5, DENSE = 15;

  function node(name, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function shown(v) {
    return Math.abs(v) > 0 && Math.abs(v) < 1e-3 ? v.toPrecision(1) : v.toLocaleString("en-US", { maximumFractionDigits: 4 });
  }
  function ticks(low, high, log) {
    var found = [];
    if (log) {
      var every = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
      for (var e = Math.floor(Math.log10(low)); e <= Math.log10(high); e += 1)
        every.forEach(function (m) { var t = m * Math.pow(10, e); if (t >= low && t <= high) found.push(Number(t.toPrecision(6))); });
      return found;
    }
    var step = Math.pow(10, Math.floor(Math.log10((high - low) / 4 || 1)));
    [2, 5, 10].some(function (m) { if ((high - low) / step <= 6) return true; step = step * (m === 5 ? 2.5 : 2); return false; });
    for (var t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) found.push(Number((Math.round(t / step) * step).toPrecision(8)) + 0);
    return found;
  }
  function sorted(lim) { return lim[0] <= lim[1] ? lim : [lim[1], lim[0]]; }
  // The part of a scale that is seen, zoom given in percent of it as ECharts counts it.
  function seen(axis, zoom) {
    var lim = sorted(axis.lim), f = axis.log ? Math.log10 : function (v) { return v; }, g = axis.log ? function (v) { return Math.pow(10, v); } : f;
    var a = f(lim[0]), b = f(lim[1]);
    return [g(a + (b - a) * zoom[0] / 100), g(a + (b - a) * zoom[1] / 100)];
  }
  function centre(axis, zoom) {
    var lim = seen(axis, zoom);
    return axis.log ? Math.sqrt(lim[0] * lim[1]) : (lim[0] + lim[1]) / 2;
  }
  var WHOLE = [0, 100];

  // ---- marks: what ECharts asks for, item by item -------------------------------------------------------------
  function corners(a, b) {
    return { x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.abs(a[0] - b[0]), height: Math.abs(a[1] - b[1]) };
  }
  function sign(marker, at, size, colour) {
    var kind = marker.charAt(0), open = marker.charAt(1) === "-", r = size / 2, x = at[0], y = at[1];
    var style = { fill: open ? "none" : colour, stroke: open || kind === "x" || kind === "_" ? colour : "#fff", lineWidth: open || kind === "x" ? 1.7 : 0.6 };
    if (kind === "o") return { type: "circle", shape: { cx: x, cy: y, r: r }, style: style };
    if (kind === "x") return { type: "path", shape: { pathData: "M" + (x - r) + " " + (y - r) + "L" + (x + r) + " " + (y + r) + "M" + (x - r) + " " + (y + r) + "L" + (x + r) + " " + (y - r) }, style: { fill: "none", stroke: colour, lineWidth: 2 } };
    if (kind === "s") return { type: "rect", shape: { x: x - r, y: y - r, width: size, height: size }, style: style };
    var points = { "^": [[0, -1], [1, 0.8], [-1, 0.8]], v: [[0, 1], [1, -0.8], [-1, -0.8]], p: [[0, -1], [1, -0.3], [0.6, 0.9], [-0.6, 0.9], [-1, -0.3]] }[kind] || [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]];
    return { type: "polygon", shape: { points: points.map(function (p) { return [x + p[0] * r, y + p[1] * r]; }) }, style: style };
  }
  var draw = {
    line: function (m, api, k) {
      var at = m.d.map(function (p) { return api.coord(p); }), children = [];
      if (m.w) children.push({ type: "polyline", shape: { points: at }, style: { stroke: m.c, lineWidth: m.w * Math.max(k, 0.8), lineDash: m.dash || null, fill: "none" } });
      if (m.m) at.forEach(function (p) { children.push(sign(m.m, p, m.ms * Math.max(k, 0.8), m.c)); });
      return children;
    },
    bar: function (m, api) {
      return m.d.map(function (r) {
        var a = [r[0] - r[1] / 2, r[2]], b = [r[0] + r[1] / 2, r[3]];
        if (m.level) { a.reverse(); b.reverse(); }
        return { type: "rect", shape: corners(api.coord(a), api.coord(b)), style: { fill: m.c } };
      });
    },
    band: function (m, api) {
      // a row is place, low, high, and of the outer range also the ends of the inner one, between which nothing is laid
      function strip(low, high) {
        var up = m.d.map(function (r) { return api.coord([r[0], r[low]]); }), down = m.d.map(function (r) { return api.coord([r[0], r[high]]); }).reverse();
        return { type: "polygon", shape: { points: up.concat(down) }, style: { fill: m.c, opacity: m.a } };
      }
      return m.d[0].length > 3 ? [strip(1, 3), strip(4, 2)] : [strip(1, 2)];
    },
    segments: function (m, api, k) {
      return m.d.map(function (r) {
        var a = api.coord([r[0], r[1]]), b = api.coord([r[2], r[3]]);
        return { type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: m.c, opacity: m.a, lineWidth: m.w * Math.max(k, 0.8) } };
      });
    },
    rule: function (m, api, k, box) {
      return m.d.map(function (r) {
        var level = r[1], at = level ? api.coord([m.x, r[0]])[1] : api.coord([r[0], m.y])[0];
        var ends = level ? { x1: box.x, x2: box.x + box.width, y1: at, y2: at } : { x1: at, x2: at, y1: box.y, y2: box.y + box.height };
        return { type: "line", shape: ends, style: { stroke: m.c, lineWidth: m.w } };
      });
    },
    shade: function (m, api, k, box) {
      return [].concat.apply([], m.d.map(function (r) {
        var a = api.coord([r[0], m.y])[0], b = api.coord([r[1], m.y])[0];
        return [
          { type: "rect", shape: { x: a, y: box.y, width: b - a, height: box.height }, style: { fill: "#000", opacity: 0.045 } },
          { type: "text", style: { text: r[2], x: b - 4, y: box.y + 3, fill: soft, align: "right", verticalAlign: "top", fontSize: LEAST, fontFamily: family } },
        ];
      }));
    },
    hatch: function (m, api) {
      return m.d.map(function (r) { return { type: "rect", shape: corners(api.coord([r[0], r[1]]), api.coord([r[2], r[3]])), style: { fill: "#000", opacity: 0.18 } }; });
    },
    texts: function (m, api, k, box) {
      return m.d.map(function (r) {
        var at = r[7] ? api.coord([r[0], r[1]]) : [m.left, api.coord([m.x, r[1]])[1]];
        return { type: "text", style: { text: r[2], x: at[0], y: at[1], fill: r[6], align: r[3], verticalAlign: r[4] === "center" ? "middle" : r[4] === "top" ? "top" : "bottom", fontSize: r[5] * k, fontFamily: family } };
      });
    },
  };
  function cell(r, api) {
    return { type: "rect", shape: corners(api.coord([r[0], r[1]]), api.coord([r[2], r[3]])), style: { fill: r[4], stroke: "#fff", lineWidth: 0.6 }, emphasis: { style: { stroke: ink, lineWidth: 2.5 } } };
  }
  function ribbon(r, api) {
    var points = [];
    for (var i = 2; i + 1 < r.length; i += 2) points.push(api.coord([r[i], r[i + 1]]));
    return { type: "polygon", shape: { points: points }, style: { fill: r[0], opacity: 0.55, stroke: "#fff", lineWidth: 0.4 }, emphasis: { style: { opacity: 0.85 } } };
  }

  // ---- one figure ---------------------------------------------------------------------------------------------
  function Live(figure, spec) {
    var self = this;
    this.spec = spec;
    this.hidden = {};
    this.panel = 0;
    this.stop = -1;
    this.zoom = spec.panels.map(function () { return [WHOLE, WHOLE]; });
    this.items = spec.panels.some(function (p) { return !p.main; });
    var image = figure.querySelector("img"), live = node("div", { "class": "live" });
    live.appendChild(node("p", { "class": "title" }, spec.title));
    if (spec.keys.length > 1) live.appendChild(this.legend());
    var wrap = node("div", { "class": "plots" });
    this.plot = node("div", { "class": "plot", tabindex: "0", role: "application", "aria-roledescription": words.figure, "aria-label": image.alt + " " + words.keys });
    wrap.appendChild(this.plot);
    live.appendChild(wrap);
    this.told = node("p", { "class": "told", "aria-live": "polite" });
    live.appendChild(this.told);
    live.appendChild(this.tools());
    live.appendChild(node("p", { "class": "note" }, spec.note));
    figure.appendChild(live);
    figure.classList.add("on");
    this.chart = echarts.init(this.plot, null, { renderer: "svg", width: this.plot.clientWidth, height: this.height() });
    this.plot.style.height = this.height() + "px";
    this.chart.on("datazoom", function () {
      (self.chart.getOption().dataZoom || []).forEach(function (z) { var id = String(z.id).split("-"); self.zoom[id[1]][id[2]] = [z.start, z.end]; });
      self.show();
    });
    this.plot.addEventListener("keydown", function (event) { self.key(event); });
    this.plot.addEventListener("blur", function () { self.chart.dispatchAction({ type: "hideTip" }); });
    this.show();
    var width = this.plot.clientWidth;
    new ResizeObserver(function () {
      if (!self.plot.clientWidth || self.plot.clientWidth === width) return;
      width = self.plot.clientWidth;
      self.plot.style.height = self.height() + "px";
      self.chart.resize({ width: width, height: self.height() });
      self.show();
    }).observe(wrap);
  }
  Live.prototype.height = function () {
    var wide = this.plot.clientWidth, k = wide / this.spec.width, more = this.spec.panels[0].off ? 0 : Math.max(0, LEAST - 10 * k) * 6;
    return Math.round(wide * this.spec.shape + more);
  };
  Live.prototype.on = function (m) { return !this.hidden[m.key] && !this.hidden[m.band]; };
  Live.prototype.legend = function () {
    var self = this, list = node("p", { "class": "keys", role: "group", "aria-label": words.legend });
    this.spec.keys.forEach(function (key, i) {
      var button = node("button", { type: "button", "aria-pressed": "true" });
      var look = key[1] === "line" ? "border-top: 3px solid " + key[2] + "; height: 0" : key[1] === "segments" ? "background: " + key[2] + "; opacity: " + key[4] + "; height: 3px" : "background: " + key[2] + "; opacity: " + Math.max(key[4], 0.15);
      var open = key[3].charAt(1) === "-";
      button.appendChild(node("i", { "class": key[1], style: open ? "border: 2px solid " + key[2] : look }));
      button.appendChild(document.createTextNode(key[0]));
      button.addEventListener("click", function () {
        self.hidden[i] = !self.hidden[i];
        button.setAttribute("aria-pressed", String(!self.hidden[i]));
        self.show();
      });
      list.appendChild(button);
    });
    return list;
  };
  Live.prototype.tools = function () {
    var self = this, list = node("p", { "class": "tools" });
    function add(label, text, act) {
      var button = node("button", { type: "button", "class": "csv", "aria-label": label, title: label }, text);
      button.addEventListener("click", act);
      list.appendChild(button);
    }
    if (!this.items) {
      add(words.zoom_in, "＋", function () { self.closer(0.5); });
      add(words.zoom_out, "−", function () { self.closer(2); });
      add(words.zoom_off, words.zoom_off, function () { self.closer(0); });
    }
    add(words.csv, "CSV", function () { saveTable(document.title + "_" + self.spec.title, self.cells()); });
    return list;
  };
  // All values as rows: panels that share their places side by side, others below one another.
  Live.prototype.cells = function () {
    var panels = this.spec.panels.filter(function (p) { return p.rows.length; }), first = panels[0];
    function places(p) { return JSON.stringify(p.rows.map(function (r) { return r[0]; })); }
    function named(p, head) { return p.title ? p.title + " " + head : panels.length > 1 && p.main === "y" && p.x.label ? p.x.label + " " + head : head; }
    if (panels.every(function (p) { return places(p) === places(first); }))
      return [[first.head[0]].concat.apply([first.head[0]], panels.map(function (p) { return p.head.slice(1).map(function (h) { return named(p, h); }); }))]
        .concat(first.rows.map(function (r, i) { return [r[0]].concat.apply([r[0]], panels.map(function (p) { return p.rows[i].slice(1); })); }));
    return [].concat.apply([], panels.map(function (p) { return [[p.title], p.head].concat(p.rows, [[]]); }));
  };
  Live.prototype.closer = function (factor) {
    var self = this;
    this.spec.panels.forEach(function (p, i) {
      [0, 1].forEach(function (which) {
        if (!self.zooms(p, which)) return;
        var now = self.zoom[i][which], half = (now[1] - now[0]) / 2 * factor, middle = (now[0] + now[1]) / 2;
        var lie = factor && factor < 1 && which === (p.main === "y" ? 0 : 1) && self.lie(p, which);
        if (lie && lie[1] - lie[0] < 0.9 * (now[1] - now[0])) { self.zoom[i][which] = lie.slice(0, 2); return; }
        if (lie) middle = lie[2];
        self.zoom[i][which] = factor && half < 50 ? [Math.max(0, Math.min(middle - half, 100 - 2 * half)), Math.min(100, Math.max(middle + half, 2 * half))] : WHOLE;
      });
    });
    this.show();
    if (this.stop >= 0) this.tip();
  };
  // Where on a scale the lines and points lie that are shown: from and to in percent, and the middle of the first line.
  Live.prototype.lie = function (p, which) {
    var self = this, axis = which ? p.ys[0] : p.x, lim = sorted(axis.lim), values = [], first = 0;
    if (axis.log) return null;
    p.marks.forEach(function (m) {
      if (m.k !== "line" || m.side || m.key === undefined || !self.on(m)) return;
      m.d.forEach(function (r) { values.push(100 * (r[which] - lim[0]) / (lim[1] - lim[0])); });
      first = first || values.length;
    });
    if (!values.length) return null;
    var low = Math.min.apply(null, values), high = Math.max.apply(null, values), room = 2 + (high - low) * 0.1;
    return [Math.max(0, low - room), Math.min(100, high + room), values.slice(0, first).reduce(function (a, b) { return a + b; }) / first];
  };
  // The scale of values is zoomed, and a long or numbered scale of places too. which: 0 across, 1 upwards.
  Live.prototype.zooms = function (p, which) {
    var axis = which ? p.ys[0] : p.x, along = p.main === (which ? "y" : "x");
    return !along || !axis.ticks || axis.ticks.length > DENSE;
  };

  Live.prototype.axis = function (a, at, which, zoom, size) {
    var lim = sorted(a.lim), k = this.plot.clientWidth / this.spec.width;
    var crowded = a.ticks && which && a.ticks.length * LEAST * 1.3 > size;
    var own = (a.ticks || []).map(function (t) { return t[0]; }), names = {};
    (a.ticks || []).forEach(function (t) { names[t[0]] = t[1]; });
    var view = seen(a, zoom), values = a.ticks ? own : ticks(view[0], view[1], a.log);
    var note = a.label && a.label.charAt(0) === "*";
    return {
      type: a.log ? "log" : "value", gridIndex: at, min: lim[0], max: lim[1], inverse: a.lim[0] > a.lim[1], position: which ? (a.right ? "right" : "left") : "bottom",
      name: note ? "" : a.label, nameLocation: "middle", nameGap: 8, nameTextStyle: { color: soft, fontSize: LEAST, fontFamily: family },
      axisLine: { show: !a.right || which === 0, lineStyle: { color: "#8a95a1" }, onZero: false },
      axisTick: { show: !a.ticks || a.shown === true, customValues: values }, splitLine: { show: !a.right && !a.ticks, customValues: values, lineStyle: { color: rule } },
      axisLabel: { show: a.shown === true, customValues: values, rotate: a.turn || 0, color: soft, hideOverlap: false, fontFamily: family, fontSize: crowded ? a.pt * k : Math.min(MOST, Math.max(LEAST, a.pt * k)), formatter: function (v) { return a.ticks ? names[v] : shown(a.abs ? Math.abs(v) : v); } },
      axisPointer: { show: false }, show: true,
    };
  };
  // The shift of a bar whose series stands on one that is switched off.
  Live.prototype.fallen = function (bars, at) {
    var self = this;
    function under(i, row) {
      for (var j = i - 1; j >= 0; j -= 1)
        for (var n = 0; n < bars[j].d.length; n += 1) {
          var r = bars[j].d[n];
          if (row[2] !== 0 && r[0] === row[0] && Math.abs(r[3] - row[2]) <= 1e-6 * Math.abs(row[2]))
            return (self.on(bars[j]) ? 0 : r[3] - r[2]) + under(j, r);
        }
      return 0;
    }
    var m = bars[at], moved = m.d.map(function (row) { var by = under(at, row); return [row[0], row[1], row[2] - by, row[3] - by]; });
    return Object.assign({}, m, { d: moved });
  };
  Live.prototype.option = function () {
    var self = this, spec = this.spec, wide = this.plot.clientWidth, high = this.height(), k = wide / spec.width;
    var o = { animation: false, textStyle: { fontFamily: family }, grid: [], xAxis: [], yAxis: [], dataZoom: [], series: [] };
    this.stops = [];
    function grid(box, off) {
      o.grid.push({ left: box[0] * wide, top: box[1] * high + (off ? 0 : 2), width: box[2] * wide, height: box[3] * high - (off ? 0 : 4), outerBoundsMode: off ? "none" : "same", outerBoundsContain: "all" });
      return o.grid.length - 1;
    }
    spec.panels.forEach(function (p, i) {
      var title = p.title ? 16 : 0, box = p.box.slice();
      var at = grid(box, p.off), first = o.yAxis.length, zoom = self.zoom[i];
      if (title) { o.grid[at].top += title; o.grid[at].height -= title; }
      o.xAxis.push(Object.assign(self.axis(p.x, at, 0, zoom[0], box[2] * wide), p.off ? { show: false } : {}));
      p.ys.forEach(function (y) { o.yAxis.push(Object.assign(self.axis(y, at, 1, zoom[1], box[3] * high), p.off ? { show: false } : {})); });
      if (p.main === "x") o.xAxis[at].axisPointer = { show: true, snap: true, label: { show: false } };
      if (p.main === "y") o.yAxis[first].axisPointer = { show: true, snap: true, label: { show: false } };
      [0, 1].forEach(function (which) {
        if (!p.main || !self.zooms(p, which)) return;
        var zoomed = { type: "inside", id: "z-" + i + "-" + which, filterMode: "none", start: zoom[which][0], end: zoom[which][1], zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, moveOnMouseMove: true, preventDefaultMouseMove: false };
        zoomed[which ? "yAxisIndex" : "xAxisIndex"] = which ? p.ys.map(function (_, n) { return first + n; }) : at;
        o.dataZoom.push(zoomed);
      });
      if (title) o.series.push(self.heading(p, at, first));
      self.marks(p, i, at, first, k).forEach(function (s) { o.series.push(s); });
    });
    spec.scales.forEach(function (s) {
      var at = grid(s.box, false), y = { lim: s.lim, label: s.label, shown: true, right: true, pt: 10 };
      o.xAxis.push({ type: "value", gridIndex: at, min: 0, max: 1, show: false });
      o.yAxis.push(self.axis(y, at, 1, WHOLE, s.box[3] * high));
      o.series.push({ type: "custom", silent: true, xAxisIndex: at, yAxisIndex: o.yAxis.length - 1, data: [[0, s.lim[0]]], renderItem: function (params, api) {
        var steps = s.colours.map(function (c, n) { return { offset: n / (s.colours.length - 1), color: c }; });
        return { type: "rect", shape: corners(api.coord([0, s.lim[0]]), api.coord([1, s.lim[1]])), style: { fill: { type: "linear", x: 0, y: 1, x2: 0, y2: 0, colorStops: steps } } };
      } });
    });
    o.tooltip = { trigger: this.items ? "item" : "axis", confine: true, transitionDuration: 0, padding: [4, 8], textStyle: { fontSize: 12, color: ink, fontFamily: family },
      axisPointer: { type: "line", axis: spec.panels[0].main || "auto", lineStyle: { color: "#8a95a1" } }, formatter: function (p) { return self.html(p); } };
    return o;
  };
  Live.prototype.heading = function (p, at, first) {
    return { type: "custom", silent: true, tooltip: { show: false }, xAxisIndex: at, yAxisIndex: first, clip: false, data: [[p.x.lim[0], p.ys[0].lim[0]]], renderItem: function (params) {
      var box = params.coordSys;
      return { type: "text", style: { text: p.title, x: box.x - 20, y: box.y - 4, fill: ink, verticalAlign: "bottom", fontSize: LEAST, fontFamily: family, width: box.width + 40, overflow: "truncate" } };
    } };
  };
  Live.prototype.marks = function (p, i, at, first, k) {
    var self = this, bars = p.marks.filter(function (m) { return m.k === "bar"; }), found = [], middle = [centre(p.x, this.zoom[i][0]), centre(p.ys[0], this.zoom[i][1])];
    function series(more, side) { return Object.assign({ type: "custom", silent: true, clip: true, tooltip: { show: false }, xAxisIndex: at, yAxisIndex: first + (side || 0) }, more); }
    p.marks.forEach(function (m) {
      if (!self.on(m) || !m.d.length) return;
      if (m.k === "cells" || m.k === "ribbon") {
        var make = m.k === "cells" ? cell : ribbon, place = m.k === "cells" ? function (r) { return [(r[0] + r[2]) / 2, (r[1] + r[3]) / 2]; } : function (r) { return [r[2], r[3]]; };
        self.stops.push({ panel: i, at: m.d.map(place), says: m.d.map(function (r) { return m.k === "cells" ? [r[5], [[-1, "", r[7] ? r[6] + "（" + r[7] + "）" : r[6]]]] : [r[1], []]; }), id: "s-" + i });
        found.push(series({ id: "s-" + i, silent: false, tooltip: { show: true, trigger: "item" }, data: m.d.map(place), renderItem: function (params, api) { return make(m.d[params.dataIndex], api); } }));
        return;
      }
      var own = m.k === "bar" ? self.fallen(bars, bars.indexOf(m)) : Object.assign({ x: middle[0], y: middle[1], left: p.box[0] * self.plot.clientWidth }, m);
      var side = p.ys[m.side || 0], zero = [middle[0], centre(side, self.zoom[i][1])];
      found.push(series({ clip: m.k !== "texts", data: [zero], renderItem: function (params, api) { return { type: "group", children: draw[m.k](own, api, k, params.coordSys) }; } }, m.side));
    });
    if (p.main) {
      var places = p.at.map(function (v) { return p.main === "x" ? [v, middle[1]] : [middle[0], v]; });
      this.stops.push({ panel: i, at: places, says: p.says, id: "s-" + i });
      found.push(series({ id: "s-" + i, tooltip: { show: true }, data: places, renderItem: function () { return null; } }));
    }
    return found;
  };
  Live.prototype.show = function () {
    this.chart.setOption(this.option(), { notMerge: true });
  };
  Live.prototype.lines = function (stops, i) {
    var self = this, said = stops.says[i];
    return [said[0]].concat(said[1].filter(function (row) { return !self.hidden[row[0]]; }).map(function (row) { return [row[1], row[2], row[0]]; }));
  };
  Live.prototype.html = function (params) {
    var self = this, one = Array.isArray(params) ? params.filter(function (p) { return /^s-/.test(p.seriesId); })[0] : params;
    var stops = one && this.stops.filter(function (s) { return s.id === one.seriesId; })[0];
    if (!stops) return "";
    var box = node("div"), lines = this.lines(stops, one.dataIndex);
    box.appendChild(node("strong", {}, lines[0]));
    lines.slice(1).forEach(function (line) {
      var row = node("div", { "class": "tip" }), key = self.spec.keys[line[2]];
      if (line[0]) row.appendChild(node("span", key ? { style: "border-left: 3px solid " + key[2] + "; padding-left: 4px" } : {}, line[0]));
      row.appendChild(node("b", {}, line[1]));
      box.appendChild(row);
    });
    return box.innerHTML;
  };
  Live.prototype.tip = function () {
    var stops = this.stops[this.panel], at = this.chart.getOption().series.findIndex(function (s) { return s.id === stops.id; });
    this.chart.dispatchAction({ type: "showTip", seriesIndex: at, dataIndex: this.stop });
    var lines = this.lines(stops, this.stop), titled = this.spec.panels[stops.panel].title;
    var values = lines.slice(1).map(function (l) { return (l[0] + " " + l[1]).trim(); }).join(", ");
    this.told.textContent = (titled ? titled + " " : "") + lines[0] + (values ? ": " + values : "");
  };
  // Arrow keys: along the places of a panel, across from panel to panel; from cell to cell where there are cells.
  Live.prototype.key = function (event) {
    var move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key], n = this.stops[this.panel].at.length;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") { this.chart.dispatchAction({ type: "hideTip" }); return; }
    if (event.key === "+" || event.key === "-" || event.key === "0") { if (!this.items) this.closer({ "+": 0.5, "-": 2, 0: 0 }[event.key]); event.preventDefault(); return; }
    if (event.key === "Home" || event.key === "End") this.stop = event.key === "Home" ? 0 : n - 1;
    else if (!move) return;
    else if (this.stop < 0) this.stop = 0;
    else if (this.items) this.stop = this.beside(move);
    else {
      var p = this.spec.panels[this.stops[this.panel].panel], up = p.main === "y", y = p.ys[0];
      var along = up ? move[1] * (y.lim[0] > y.lim[1] ? -1 : 1) : move[0], across = up ? move[0] : -move[1];
      this.stop = Math.max(0, Math.min(n - 1, this.stop + along));
      this.panel = Math.max(0, Math.min(this.stops.length - 1, this.panel + across));
      this.stop = Math.min(this.stop, this.stops[this.panel].at.length - 1);
    }
    event.preventDefault();
    this.tip();
  };
  // The nearest cell in a direction; the present one where there is none.
  Live.prototype.beside = function (move) {
    var stops = this.stops[this.panel], p = this.spec.panels[stops.panel], now = stops.at[this.stop], best = this.stop, least = Infinity;
    var up = p.ys[0].lim[0] > p.ys[0].lim[1] ? -1 : 1;
    stops.at.forEach(function (at, i) {
      var dx = at[0] - now[0], dy = (at[1] - now[1]) * up, ahead = dx * move[0] + dy * move[1], aside = Math.abs(move[0] ? dy : dx);
      var far = ahead + 3 * aside;
      if (i !== this.stop && ahead > 1e-9 && far < least) { least = far; best = i; }
    }, this);
    return best;
  };

  var waiting = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      waiting.unobserve(entry.target);
      new Live(entry.target, data.figures[entry.target.dataset.figure]);
    });
  }, { rootMargin: "800px" });
  document.querySelectorAll("figure[data-figure]").forEach(function (figure) {
    if (data.figures[figure.dataset.figure]) waiting.observe(figure);
  });
})();
