// The report's own script: colours the map, moves about it, and pages through the table of regions.
// It reads the page and asks for nothing else. Without it the page shows its first figure and the first rows.
(() => {
  const source = document.getElementById("region-data");
  document.documentElement.classList.add("scripted");
  if (source === null) return;
  const data = JSON.parse(source.textContent);
  const regions = data.ids.map((_, i) => i);
  const thin = "\u202f";
  const count = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, thin);
  const percent = (share) => {
    if (share === null) return "–";
    if (share > 0 && share < 0.001) return "<0.1%";
    if (share < 1 && share > 0.999) return ">99.9%";
    return share === 0 || share === 1 ? `${100 * share}%` : `${(100 * share).toFixed(1)}%`;
  };
  const format = (column, i) => {
    const value = column.values[i];
    return column.kind === "share" ? percent(value) : count(value);
  };
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const map = startMap();
  startTable(map);

  function startMap() {
    const frame = document.getElementById("map");
    if (frame === null) return null;
    const svg = frame.querySelector("svg");
    const box = svg.viewBox.baseVal;
    const paths = [...document.getElementById("regions").children];
    const pathOf = new Map(data.drawn.map((region, i) => [region, paths[i]]));
    const regionOf = new Map(data.drawn.map((region, i) => [paths[i], region]));
    const cursor = document.getElementById("cursor");
    const tooltip = document.getElementById("tooltip");
    const voice = document.getElementById("map-voice");
    let metric = data.metrics[0];
    let current = -1;

    for (const input of document.querySelectorAll('input[name="metric"]')) {
      input.addEventListener("change", () => {
        if (input.checked) showMetric(input.value);
      });
      // A browser that goes back to the page may restore another choice than the first.
      if (input.checked && input.value !== metric.key) showMetric(input.value);
    }

    function showMetric(key) {
      metric = data.metrics.find((one) => one.key === key) ?? metric;
      for (const [region, path] of pathOf) path.setAttribute("class", `t${metric.codes[region]}`);
      for (const legend of document.querySelectorAll(".legend"))
        legend.hidden = legend.dataset.metric !== metric.key;
      if (current >= 0) fillTooltip(current);
    }

    function fillTooltip(region) {
      const list = element("dl");
      const records = data.columns[0].values[region];
      const own = data.columns.find((column) => column.key === metric.key);
      const rows = records === 0 ? [] : data.columns.map((column) => [column.title, format(column, region)]);
      if (own === undefined && records > 0) rows.unshift([metric.title, format(metric, region)]);
      const shown = own?.title ?? metric.title;
      for (const [name, value] of rows) {
        const className = name === shown ? "shown" : "";
        list.append(element("dt", name, className), element("dd", value, className));
      }
      const title = element("strong", data.labels[region]);
      tooltip.replaceChildren(title, ...(rows.length > 0 ? [list] : [element("span", "No records")]));
    }

    /** Where a point of the drawing is inside the frame, in pixels. */
    function place(x, y) {
      const inner = svg.getBoundingClientRect();
      const outer = frame.getBoundingClientRect();
      const scale = Math.min(inner.width / box.width, inner.height / box.height);
      return [
        inner.left - outer.left + (inner.width - scale * box.width) / 2 + scale * x,
        inner.top - outer.top + (inner.height - scale * box.height) / 2 + scale * y,
      ];
    }

    function moveTooltip(x, y) {
      const { offsetWidth: width, offsetHeight: height } = tooltip;
      const left = x + 16 + width > frame.clientWidth ? x - 16 - width : x + 16;
      const top = y + 16 + height > frame.clientHeight ? y - 12 - height : y + 16;
      const across = Math.max(0, Math.min(left, frame.clientWidth - width));
      tooltip.style.transform = `translate(${across}px, ${Math.max(-40, top)}px)`;
    }

    function select(region, x, y) {
      if (region !== current) {
        current = region;
        cursor.setAttribute("d", pathOf.get(region)?.getAttribute("d") ?? "");
        fillTooltip(region);
        tooltip.hidden = false;
      }
      moveTooltip(x, y);
    }

    function clear() {
      current = -1;
      cursor.setAttribute("d", "");
      tooltip.hidden = true;
      voice.textContent = "";
    }

    /** By keyboard or from the table: beside the region's middle, and said aloud. */
    function visit(region) {
      const middle = data.middles[region];
      if (middle === null || middle === undefined) return;
      select(region, ...place(...middle));
      const records = data.columns[0].values[region];
      const words = data.columns.map((column) => `${column.title}: ${format(column, region)}`).join(", ");
      voice.textContent = `${data.labels[region]}. ${records === 0 ? "No records" : words}`;
    }

    svg.addEventListener("pointermove", (event) => {
      const region = regionOf.get(event.target);
      if (region === undefined) return clear();
      const outer = frame.getBoundingClientRect();
      select(region, event.clientX - outer.left, event.clientY - outer.top);
    });
    svg.addEventListener("pointerdown", (event) => {
      const region = regionOf.get(event.target);
      const outer = frame.getBoundingClientRect();
      if (region !== undefined) select(region, event.clientX - outer.left, event.clientY - outer.top);
      else clear();
    });
    svg.addEventListener("pointerleave", (event) => {
      // A finger that lifts leaves too; what it tapped stays.
      if (event.pointerType === "mouse") clear();
    });

    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const most = () =>
      data.drawn.reduce(
        (best, i) => (data.columns[0].values[i] > data.columns[0].values[best] ? i : best),
        data.drawn[0],
      );
    frame.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return clear();
      const step = steps[event.key];
      if (step === undefined && event.key !== "Home") return;
      event.preventDefault();
      if (event.key === "Home" || current < 0) return visit(most());
      const next = neighbour(current, step);
      if (next >= 0) visit(next);
    });
    frame.addEventListener("blur", clear);

    /** The nearest region whose middle lies that way; what lies aside counts as twice as far. */
    function neighbour(from, [stepX, stepY]) {
      const [x, y] = data.middles[from];
      let best = -1;
      let least = Number.POSITIVE_INFINITY;
      for (const region of data.drawn) {
        if (region === from) continue;
        const [dx, dy] = [data.middles[region][0] - x, data.middles[region][1] - y];
        const ahead = dx * stepX + dy * stepY;
        const aside = Math.abs(dx * stepY) + Math.abs(dy * stepX);
        if (ahead <= 0 || aside > 2 * ahead) continue;
        const distance = ahead + 2 * aside;
        if (distance < least) [least, best] = [distance, region];
      }
      return best;
    }

    return {
      drawn: (region) => pathOf.has(region),
      show(region) {
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        frame.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
        frame.focus({ preventScroll: true });
        visit(region);
      },
    };
  }

  function startTable(map) {
    const card = document.getElementById("region-table");
    const body = card.querySelector("tbody");
    const heads = [...card.querySelectorAll("thead th")];
    const search = document.getElementById("region-search");
    const status = document.getElementById("region-status");
    const [back, on, at, note] = ["page-back", "page-on", "page-at", "table-note"].map((id) =>
      document.getElementById(id),
    );
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const haystack = data.labels.map((label, i) => `${plain(label)} ${data.ids[i].toLowerCase()}`);
    let sort = { column: 1, down: true };
    let page = 0;
    let found = regions;

    heads.forEach((head, column) => {
      const button = element("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        sort = { column, down: sort.column === column ? !sort.down : column > 0 };
        page = 0;
        show();
      });
    });
    search.addEventListener("input", () => {
      page = 0;
      show();
    });
    back.addEventListener("click", () => {
      page--;
      show();
    });
    on.addEventListener("click", () => {
      page++;
      show();
    });

    function sorted(list) {
      const way = sort.down ? -1 : 1;
      if (sort.column === 0)
        return [...list].sort((a, b) => way * data.labels[a].localeCompare(data.labels[b], "en"));
      const { values } = data.columns[sort.column - 1];
      return [...list].sort((a, b) => {
        // What is undefined comes last, whichever way.
        if (values[a] === null || values[b] === null)
          return (values[a] === null) - (values[b] === null) || a - b;
        return way * (values[a] - values[b]) || a - b;
      });
    }

    function row(region) {
      const made = element("tr");
      const head = element("th");
      head.scope = "row";
      if (map?.drawn(region)) {
        const link = element("button", data.labels[region], "region-link");
        link.type = "button";
        link.title = "Show on the map";
        link.addEventListener("click", () => map.show(region));
        head.append(link);
      } else head.textContent = data.labels[region];
      made.append(head, ...data.columns.map((column) => element("td", format(column, region), "number")));
      return made;
    }

    function show() {
      const words = plain(search.value).split(/\s+/).filter(Boolean);
      found = sorted(regions.filter((i) => words.every((word) => haystack[i].includes(word))));
      const pages = Math.max(1, Math.ceil(found.length / data.pageRows));
      page = Math.max(0, Math.min(page, pages - 1));
      body.replaceChildren(...found.slice(page * data.pageRows, (page + 1) * data.pageRows).map(row));
      heads.forEach((head, column) => {
        if (column === sort.column) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      status.textContent =
        found.length === regions.length
          ? `${count(regions.length)} regions`
          : `${count(found.length)} of ${count(regions.length)} regions`;
      // Printed, in place of the buttons.
      note.textContent = `${count(body.children.length)} of ${count(regions.length)} regions`;
      at.textContent = `Page ${count(page + 1)} of ${count(pages)}`;
      back.disabled = page === 0;
      on.disabled = page === pages - 1;
    }
    show();
  }
})();
