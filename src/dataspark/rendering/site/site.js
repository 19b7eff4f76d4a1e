"use strict";
// Search over the names that search.js brings, and the way of a column in the pictures. Pages say all without it.
(() => {
  const up = document.currentScript ? document.currentScript.dataset.up : "";
  const index = window.DATASPARK_INDEX || [];
  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const most = 30;

  const score = (one, words) => {
    const name = one.n.toLowerCase(), said = one.d.toLowerCase();
    let sum = 0;
    for (const word of words) {
      const at = name.indexOf(word);
      if (at < 0 && !said.includes(word)) return 0;
      const begins = at === 0 || (at > 0 && "._".includes(name[at - 1]));
      sum += at < 0 ? 1 : begins ? 6 : 3;
      if (name === word || name.endsWith("." + word)) sum += 10;
    }
    return sum + (one.k === "table" ? 2 : 0);
  };

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren();
    list.hidden = !words.length;
    if (!words.length) return;
    const scored = index.map((one) => [score(one, words), one]).filter(([points]) => points);
    scored.sort((a, b) => b[0] - a[0]);
    for (const [, one] of scored.slice(0, most)) {
      const link = document.createElement("a");
      link.href = up + one.u;
      link.append(one.n);
      const more = document.createElement("small");
      more.append(one.d || one.k);
      link.append(more);
      list.append(document.createElement("li"));
      list.lastChild.append(link);
    }
    if (!scored.length) {
      const nothing = document.createElement("p");
      nothing.append("nothing is called like that");
      list.append(nothing);
    }
  };

  const step = (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { list.hidden = true; field.focus(); }
    else if (event.key === "ArrowDown" && links.length) (links[at + 1] || links[0]).focus();
    else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] || field).focus();
    else if (event.key === "Enter" && at < 0 && links.length) links[0].click();
    else return;
    event.preventDefault();
  };

  if (field) {
    field.closest("[hidden]").hidden = false;
    field.addEventListener("input", show);
    field.addEventListener("focus", show);
    field.parentElement.addEventListener("keydown", step);
    document.addEventListener("click", (event) => { if (!field.parentElement.contains(event.target)) list.hidden = true; });
    list.addEventListener("click", () => { list.hidden = true; });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/input|textarea/i.test(document.activeElement.tagName)) { field.focus(); event.preventDefault(); }
    });
  }

  const reach = (wires, start, from, to) => {
    const seen = new Set([start]);
    for (const at of seen) for (const wire of wires) if (wire.dataset[from] === at) seen.add(wire.dataset[to]);
    return seen;
  };

  for (const picture of document.querySelectorAll("svg.lin")) {
    const wires = [...picture.querySelectorAll("[data-from]")];
    const columns = [...picture.querySelectorAll("[data-column]")];
    const aim = (name) => {
      const ahead = reach(wires, name, "from", "to"), behind = reach(wires, name, "to", "from");
      picture.classList.toggle("aims", Boolean(name));
      for (const wire of wires) {
        const { from, to } = wire.dataset;
        wire.classList.toggle("lit", (ahead.has(from) && ahead.has(to)) || (behind.has(from) && behind.has(to)));
      }
      for (const one of columns) one.classList.toggle("lit", ahead.has(one.dataset.column) || behind.has(one.dataset.column));
    };
    for (const one of columns) {
      one.addEventListener("mouseenter", () => aim(one.dataset.column));
      one.addEventListener("mouseleave", () => aim(""));
      one.addEventListener("focusin", () => aim(one.dataset.column));
      one.addEventListener("focusout", () => aim(""));
    }
  }
})();
