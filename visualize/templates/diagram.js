"use strict";
(() => {
  const picture = document.getElementById("picture");
  const svg = picture.querySelector("svg");
  const box = document.getElementById("find");
  const found = document.getElementById("found");
  const nodes = [...svg.querySelectorAll("g.node")];
  const edges = [...svg.querySelectorAll("g.edge")];
  const rows = [...document.querySelectorAll("tbody tr")];
  const natural = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let scale = 1;

  const textOf = (group) => (group.querySelector("title")?.textContent ?? "").toLowerCase();

  function zoom(to) {
    scale = Math.min(4, Math.max(0.1, to));
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
      const hit = wanted !== "" && textOf(group).includes(wanted);
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
  }

  function follow(state) {
    box.value = "";
    search();
    svg.classList.add("following");
    state.classList.add("near", "chosen");
    const decisions = [];
    const include = (id) => {
      const node = nodes.find((candidate) => candidate.dataset.id === id);
      node?.classList.add("near");
      if (node?.classList.contains("decision")) decisions.push(id);
    };
    const take = (edge) => {
      if (edge.classList.contains("near")) return;
      edge.classList.add("near");
      include(edge.dataset.from);
      include(edge.dataset.to);
    };
    const id = state.dataset.id;
    edges.filter((edge) => [edge.dataset.from, edge.dataset.to].includes(id)).forEach(take);
    // An arrow through a decision counts as a whole.
    while (decisions.length) {
      const decision = decisions.pop();
      edges.filter((edge) => [edge.dataset.from, edge.dataset.to].includes(decision)).forEach(take);
    }
  }

  box.addEventListener("input", search);
  box.form.addEventListener("submit", (event) => event.preventDefault());
  svg.addEventListener("click", (event) => {
    const state = event.target.closest("g.state");
    if (state) follow(state);
    else release();
  });
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (step === "fit") fit();
    else if (step === "full") zoom(1);
    else if (step) zoom(scale * (step === "in" ? 1.25 : 0.8));
    const jump = event.target.closest("button.jump");
    const state = jump && nodes.find((node) => node.dataset.state === jump.textContent.trim());
    if (state) {
      follow(state);
      picture.scrollIntoView({ block: "nearest" });
      state.scrollIntoView({ block: "center", inline: "center" });
    }
  });
  fit();
})();
