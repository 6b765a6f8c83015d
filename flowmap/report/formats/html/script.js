"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const spoken = document.getElementById("spoken");
  const say = (text) => { spoken.textContent = text; };
  const filled = (text, count) => text.replace("{count}", String(count));

  const value = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.v ?? cell.textContent.trim();
    const number = Number(given === "" || given === "–" ? NaN : given);
    return Number.isNaN(number) ? given : number;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return 1;
    if (typeof b === "number") return -1;
    return a.localeCompare(b, undefined, { numeric: true });
  };
  const sortBy = (table, head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    body.append(...rows.map((pair) => pair[1]));
    say(filled(words.sorted, head.textContent.trim()));
  };
  const makeSortable = (table) => {
    const heads = table.tHead.rows[table.tHead.rows.length - 1];
    [...heads.cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(table, head, column));
    });
  };
  const makeFilter = (table) => {
    const tools = document.createElement("div");
    tools.className = "tools";
    const label = document.createElement("label");
    const input = document.createElement("input");
    const shown = document.createElement("span");
    input.type = "search";
    label.append(`${table.dataset.filter}: `, input);
    tools.append(label, shown);
    table.parentElement.before(tools);
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const parts = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      rows.forEach((row, number) => {
        const fits = parts.every((part) => texts[number].includes(part));
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      shown.textContent = filled(words.shown, `${count} / ${rows.length}`);
      say(shown.textContent);
    });
  };
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const makeCopy = (code) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-button";
    button.textContent = words.copy;
    button.setAttribute("aria-label", `${words.copy}: ${code.textContent}`);
    button.addEventListener("click", async () => {
      await copied(code.textContent);
      button.textContent = words.copied;
      say(words.copied);
      setTimeout(() => { button.textContent = words.copy; }, 2000);
    });
    code.after(" ", button);
  };
  document.querySelectorAll("table.sort").forEach(makeSortable);
  document.querySelectorAll("table[data-filter]").forEach(makeFilter);
  document.querySelectorAll("code.copy").forEach(makeCopy);
  const showTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
      part.hidden = false;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", showTarget);
  if (location.hash) showTarget();

  const specs = document.getElementById("specs");
  if (specs && window.vegaEmbed) {
    const options = {
      actions: false, ast: true, defaultStyle: false, mode: "vega-lite", renderer: "svg", tooltip: { disableDefaultStyle: true },
    };
    for (const [name, spec] of Object.entries(JSON.parse(specs.textContent))) {
      const place = document.querySelector(`[data-chart="${name}"]`);
      const live = document.createElement("div");
      live.setAttribute("role", "img");
      live.setAttribute("aria-label", [...place.querySelectorAll("svg > title, svg > desc")].map((one) => one.textContent).join(". "));
      const shown = () => {
        live.querySelector("svg").setAttribute("aria-hidden", "true");
        place.replaceChildren(live);
      };
      window.vegaEmbed(live, spec, options).then(shown).catch(() => live.remove());
    }
  }
})();
