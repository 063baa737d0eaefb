// Runs inside the page: what a test of the report asks of its elements.
globalThis.checks = {
  /** Texts whose contrast with the nearest painted background is below 4.5 (WCAG 2.2, 1.4.3). */
  lowContrast() {
    const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) =>
      0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (node.textContent.trim() === "" || element.closest("script, .unseen, .skip, title, desc") !== null)
        continue;
      if (element.getClientRects().length === 0) continue;
      const style = getComputedStyle(element);
      let ground = [255, 255, 255];
      for (let at = element; at !== null; at = at.parentElement) {
        const painted = parse(getComputedStyle(at).backgroundColor);
        if (painted.length === 3 || painted[3] === 1) {
          ground = painted;
          break;
        }
      }
      const text = luminance(parse(element instanceof SVGElement ? style.fill : style.color));
      const [light, dark] = [text, luminance(ground)].sort((a, b) => b - a);
      if ((light + 0.05) / (dark + 0.05) < 4.5) found.push(`${element.tagName}: ${node.textContent}`);
    }
    return found;
  },

  /** Landmarks, headings, names and references of the page. */
  structure() {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const named = (element) => {
      const others = element.getAttribute("aria-labelledby")?.split(" ") ?? [];
      const texts = others.map((id) => document.getElementById(id)?.textContent);
      texts.push(
        element.getAttribute("aria-label"),
        element.textContent,
        element.closest("label")?.textContent,
      );
      return texts.some((text) => (text ?? "").trim() !== "");
    };
    const ids = all("[id]").map(({ id }) => id);
    return {
      language: document.documentElement.lang,
      title: document.title,
      landmarks: ["header", "nav[aria-label]", "main", "footer"].map((name) => all(`body ${name}`).length),
      headings: all("h1, h2, h3, h4").map(({ tagName }) => Number(tagName.slice(1))),
      unnamed: all("button, input, a, section, [role=img], [role=region], [role=application], summary")
        .filter((element) => !named(element))
        .map(({ outerHTML }) => outerHTML.slice(0, 80)),
      bareImages: all("svg").filter(
        (svg) => svg.getAttribute("role") !== "img" && svg.getAttribute("aria-hidden") !== "true",
      ).length,
      described: all("svg[role=img]").every((svg) => svg.querySelector("title") && svg.querySelector("desc")),
      idsTwice: ids.filter((id, i) => ids.indexOf(id) !== i),
      brokenLinks: all('a[href^="#"]')
        .filter((link) => document.querySelector(link.hash) === null)
        .map((link) => link.hash),
      tables: all("table").every(
        (table) =>
          table.caption !== null && [...table.querySelectorAll("th")].every((head) => head.scope !== ""),
      ),
      chartsAsTables: all("figure.chart").every((figure) => figure.querySelector("details table") !== null),
    };
  },

  colours: () =>
    [...document.querySelectorAll("#regions path")].map((path) => getComputedStyle(path).fill).join(),
  shown: (selector) =>
    [...document.querySelectorAll(selector)].filter((element) => element.getClientRects().length > 0).length,
};
