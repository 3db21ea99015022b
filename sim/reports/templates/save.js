"use strict";
// Saves rows of cells as a file that a spreadsheet opens.
function saveTable(name, cells) {
  var text = cells.map(function (row) {
    return row.map(function (v) { v = String(v); return /[",\n]/.test(v) ? '"' + v.replace(/"/g, '""') + '"' : v; }).join(",");
  }).join("\r\n");
  var link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff" + text + "\r\n"], { type: "text/csv" }));
  link.download = name.replace(/[^\p{L}\p{N}_-]+/gu, "_") + ".csv";
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
}
