"use strict";
(() => {
  const picture = document.getElementById("picture");
  const box = document.getElementById("find");
  const found = document.getElementById("found");
  const panel = document.getElementById("panel");
  const from = document.getElementById("from");
  const to = document.getElementById("to");
  const rows = [...document.querySelectorAll("tbody tr")];
  const pictures = [...picture.querySelectorAll("svg")];
  const MOST_PATHS = 25;
  let svg, nodes, edges, natural;
  let scale = 1;

  const element = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.textContent = text;
    return made;
  };
  const textOf = (group) => group.querySelector("title")?.textContent ?? "";
  const nameOf = (node) => node.dataset.state ?? node.dataset.copyOf ?? "";
  const byId = (id) => nodes.find((node) => node.dataset.id === id);
  const isDecision = (node) => node?.classList.contains("decision");
  const stateNamed = (name) => nodes.find((node) => node.dataset.state === name);

  function use(chosen) {
    pictures.forEach((one) => one.classList.toggle("away", one !== chosen));
    svg = chosen;
    nodes = [...svg.querySelectorAll("g.node")];
    edges = [...svg.querySelectorAll("g.edge")];
    natural = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
    document.getElementById("states").replaceChildren(
      ...nodes.filter((node) => node.dataset.state).map((node) => element("option", { value: node.dataset.state })),
    );
  }

  function zoom(wanted) {
    scale = Math.min(4, Math.max(0.1, wanted));
    svg.setAttribute("width", natural.width * scale);
    svg.setAttribute("height", natural.height * scale);
  }

  function fit() {
    zoom(Math.min(1, (picture.clientWidth - 2) / natural.width));
  }

  function search() {
    const wanted = box.value.trim().toLowerCase();
    release();
    svg.classList.toggle("searching", wanted !== "");
    const hits = [...nodes, ...edges].filter((group) => {
      const hit = wanted !== "" && textOf(group).toLowerCase().includes(wanted);
      group.classList.toggle("hit", hit);
      return hit;
    });
    rows.forEach((row) => {
      row.classList.toggle("hidden", wanted !== "" && !row.textContent.toLowerCase().includes(wanted));
    });
    found.textContent = wanted === "" ? "" : `${hits.length} found`;
    hits[0]?.scrollIntoView({ block: "center", inline: "center" });
  }

  function release() {
    svg.classList.remove("following");
    [...nodes, ...edges].forEach((group) => group.classList.remove("near", "chosen"));
    panel.hidden = true;
  }

  // Ways from state to state: an arrow through a decision counts as a whole.
  function ways() {
    const told = [];
    for (const edge of edges) {
      const source = byId(edge.dataset.from);
      const target = byId(edge.dataset.to);
      if (isDecision(source)) continue;
      const legs = isDecision(target) ? edges.filter((leg) => leg.dataset.from === target.dataset.id) : [null];
      for (const leg of legs) {
        const end = leg ? byId(leg.dataset.to) : target;
        const parts = [edge, ...(leg ? [leg] : [])];
        told.push({
          from: nameOf(source), to: nameOf(end), groups: [...parts, source, end, ...(leg ? [target] : [])],
          text: parts.map((part) => textOf(part).replaceAll("\n", ", ")).filter(Boolean).join(", ") || "no event",
        });
      }
    }
    return told;
  }

  function mark(groups) {
    svg.classList.add("following");
    groups.forEach((group) => group?.classList.add("near"));
  }

  function listed(title, entries) {
    const list = element("ul");
    entries.forEach((parts) => {
      const item = element("li");
      parts.forEach((part) => item.append(typeof part === "string" ? part : part));
      list.append(item);
    });
    return [element("h3", {}, `${title} (${entries.length})`), list];
  }

  const jumpTo = (name) => element("button", { type: "button", class: "jump" }, name);

  function follow(state) {
    box.value = "";
    search();
    const name = nameOf(state);
    const all = ways();
    const into = all.filter((way) => way.to === name);
    const out = all.filter((way) => way.from === name);
    mark([state, ...[...into, ...out].flatMap((way) => way.groups)]);
    state.classList.add("chosen");
    panel.replaceChildren(
      element("h2", {}, name),
      ...listed("Ways in", into.map((way) => [way.from === "" ? "start" : jumpTo(way.from), `: ${way.text}`])),
      ...listed("Ways out", out.map((way) => [`${way.text}: `, jumpTo(way.to)])),
    );
    panel.hidden = false;
  }

  function paths() {
    box.value = "";
    search();
    if (!from.value || !to.value) return;
    const leaving = Map.groupBy
      ? Map.groupBy(ways(), (way) => way.from)
      : ways().reduce((map, way) => map.set(way.from, [...(map.get(way.from) ?? []), way]), new Map());
    // The shortest first; a path comes to no state twice.
    const complete = [];
    let open = [[{ to: from.value, groups: [stateNamed(from.value)], text: "" }]];
    while (open.length && complete.length < MOST_PATHS) {
      const next = [];
      for (const path of open) {
        for (const way of leaving.get(path.at(-1).to) ?? []) {
          if (way.to === to.value) complete.push([...path, way]);
          else if (!path.some((step) => step.to === way.to)) next.push([...path, way]);
        }
      }
      open = next.slice(0, 5000);
    }
    const shown = complete.slice(0, MOST_PATHS);
    mark(shown.flatMap((path) => path.flatMap((step) => step.groups)));
    panel.replaceChildren(
      element("h2", {}, `From ${from.value} to ${to.value}`),
      ...(shown.length
        ? listed(complete.length > MOST_PATHS ? `The ${MOST_PATHS} shortest paths` : "Paths", shown.map((path) => [
            path.map((step, number) => (number ? ` \u2192 ${step.to} [${step.text}]` : step.to)).join(""),
          ]))
        : [element("p", {}, "No way leads there.")]),
    );
    panel.hidden = false;
    stateNamed(from.value)?.scrollIntoView({ block: "center", inline: "center" });
  }

  function fold(name, on) {
    const here = pictures[0];
    const inside = [...here.querySelectorAll("g.node")].filter((node) => node.dataset.process === name);
    const ids = new Set(inside.map((node) => node.dataset.id));
    const within = [...here.querySelectorAll("g.edge")].filter(
      (edge) => ids.has(edge.dataset.from) && ids.has(edge.dataset.to),
    );
    [...inside, ...within].forEach((group) => group.classList.toggle("folded-away", on));
    for (const cluster of here.querySelectorAll("g.cluster")) {
      if (cluster.dataset.process !== name) continue;
      cluster.parentNode.querySelectorAll("g.cover").forEach((cover) => {
        if (cover.dataset.process === name) cover.remove();
      });
      if (!on) continue;
      const rect = cluster.querySelector("rect").cloneNode();
      const cover = document.createElementNS(here.namespaceURI, "g");
      cover.setAttribute("class", "cover");
      cover.dataset.process = name;
      rect.setAttribute("stroke-width", "2.5");
      const text = document.createElementNS(here.namespaceURI, "text");
      const [x, y, width, height] = ["x", "y", "width", "height"].map((key) => Number(rect.getAttribute(key)));
      text.setAttribute("x", x + width / 2);
      text.setAttribute("y", y + height / 2);
      text.setAttribute("text-anchor", "middle");
      text.setAttribute("font-size", "14");
      text.setAttribute("font-family", "Arial, Helvetica, sans-serif");
      text.setAttribute("fill", "#1F2933");
      text.textContent = `${name}: ${inside.filter((node) => node.dataset.state).length} states`;
      cover.append(rect, text);
      cluster.parentNode.append(cover);
    }
  }

  box.addEventListener("input", search);
  document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
  document.getElementById("paths").addEventListener("submit", paths);
  document.querySelectorAll("[data-fold]").forEach((check) => {
    check.addEventListener("change", () => fold(check.dataset.fold, check.checked));
  });
  document.getElementById("overview")?.addEventListener("change", (event) => {
    release();
    use(pictures[event.target.checked ? 1 : 0]);
    fit();
  });
  document.getElementById("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    document.documentElement.dataset.theme = dark === "dark" ? "light" : "dark";
  });
  picture.addEventListener("click", (event) => {
    const state = event.target.closest("g.state, g.reference, g.folded");
    if (state) follow((state.dataset.copyOf && stateNamed(state.dataset.copyOf)) || state);
    else release();
  });
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (step === "fit") fit();
    else if (step === "full") zoom(1);
    else if (step) zoom(scale * (step === "in" ? 1.25 : 0.8));
    const jump = event.target.closest("button.jump");
    const state = jump && stateNamed(jump.textContent.trim());
    if (state) {
      follow(state);
      picture.scrollIntoView({ block: "nearest" });
      state.scrollIntoView({ block: "center", inline: "center" });
    }
  });
  const asked = () => {
    const name = new URLSearchParams(location.hash.slice(1)).get("state");
    const state = name && stateNamed(name);
    if (!state) return;
    follow(state);
    state.scrollIntoView({ block: "center", inline: "center" });
  };
  window.addEventListener("hashchange", asked);
  use(pictures[0]);
  fit();
  asked();
})();
