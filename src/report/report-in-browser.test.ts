import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumArgs, chromiumPath, noChromium } from "../../test/support/chromium.ts";
import { root, temporaryFolder } from "../../test/support/paths.ts";
import { reportSample } from "../../test/support/report-sample.ts";
import { openEngine } from "../engine/index.ts";
import { writeReport } from "./write-report.ts";

interface Structure {
  readonly title: string;
  readonly headings: readonly number[];
}

describe.skipIf(noChromium)("the report in Chromium", () => {
  const folder = temporaryFolder();
  const file = join(folder, "report.html");
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const trouble: string[] = [];

  async function open(
    options: { width?: number; height?: number; dark?: boolean; path?: string } = {},
  ): Promise<Page> {
    const opened = await browser.newPage({
      viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
      colorScheme: options.dark === true ? "dark" : "light",
      reducedMotion: "reduce",
    });
    opened.on("request", (request) => requests.push(request.url()));
    opened.on("console", (message) => trouble.push(message.text()));
    opened.on("pageerror", (error) => trouble.push(error.message));
    await opened.addInitScript({ path: join(root, "test", "support", "report-checks.js") });
    await opened.goto(pathToFileURL(options.path ?? file).href);
    return opened;
  }

  beforeAll(async () => {
    const engine = await openEngine();
    const { facts, tablesFolder, counties, states } = await reportSample(engine, folder);
    await writeReport(engine, { facts, tablesFolder, map: counties, outlines: states, outPath: file });
    engine.close();
    browser = await chromium.launch({ executablePath: chromiumPath() ?? "", args: [...chromiumArgs] });
    page = await open();
  });
  afterAll(() => browser?.close());

  it("asks for nothing but itself and says nothing on the console", async () => {
    await page.waitForTimeout(300);
    expect(requests.filter((url) => url !== pathToFileURL(file).href && !url.startsWith("data:"))).toEqual(
      [],
    );
    expect(trouble).toEqual([]);
  });

  it("recolours the map and changes the legend with the figure chosen", async () => {
    const colours = () => page.evaluate<string>("checks.colours()");
    const before = await colours();
    expect(await page.locator(".legend:visible h3").first().textContent()).toBe("Records");
    await page.locator('input[value="invasive"]').focus();
    await page.keyboard.press("Space");
    expect(await page.locator(".legend:visible").count()).toBe(1);
    expect(await page.locator(".legend:visible h3").first().textContent()).toBe("Invasive, % of records");
    expect(await colours()).not.toBe(before);
    await page.locator('input[value="occurrences"]').check({ force: true });
    expect(await colours()).toBe(before);
  });

  it("shows a region's figures under the mouse, by tap and by arrow keys, and says them aloud", async () => {
    const tooltip = page.locator("#tooltip");
    await page.locator("#map").scrollIntoViewIfNeeded();
    const box = await page.locator("#map svg").boundingBox();
    if (box === null) throw new Error("the map has no box");
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.4);
    expect(await tooltip.isVisible()).toBe(true);
    await page.mouse.move(box.x + 2, box.y + 2);
    expect(await tooltip.isVisible()).toBe(false);

    await page.locator("#map").focus();
    await page.keyboard.press("ArrowRight");
    const first = await page.locator("#map-voice").textContent();
    await page.keyboard.press("ArrowLeft");
    const second = await page.locator("#map-voice").textContent();
    expect(first).toMatch(/County, .*Records: /);
    expect(second).not.toBe(first);
    expect(await tooltip.locator("strong").textContent()).toBe(second?.split(".")[0]);
    expect(await page.locator("#cursor").getAttribute("d")).not.toBe("");
    await page.keyboard.press("Escape");
    expect(await tooltip.isVisible()).toBe(false);
  });

  it("reaches every drawn region's neighbours by keys without getting stuck at once", async () => {
    await page.locator("#map").focus();
    await page.keyboard.press("Home");
    const seen = new Set<string | null>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press(i % 8 < 4 ? "ArrowLeft" : "ArrowDown");
      seen.add(await page.locator("#map-voice").textContent());
    }
    expect(seen.size).toBeGreaterThan(10);
    await page.keyboard.press("Escape");
  });

  it("sorts and searches all regions, and shows one on the map", async () => {
    const names = () => page.locator("#region-table tbody th").allTextContents();
    await page.locator("#region-search").fill("orange california");
    expect(await names()).toEqual(["Orange County, California"]);
    expect(await page.locator("#region-status").textContent()).toBe("1 of 3\u202f231 regions");
    await page.locator("#region-table tbody button").first().click();
    expect(await page.locator("#tooltip strong").textContent()).toBe("Orange County, California");
    expect(await page.evaluate("document.activeElement.id")).toBe("map");

    await page.locator("#region-search").fill("06109");
    expect(await names()).toEqual(["Tuolumne County, California"]);
    await page.locator("#region-search").fill("zzz");
    expect(await names()).toEqual([]);
    await page.locator("#region-search").fill("");

    const head = page.locator("#region-table thead th").first();
    await head.locator("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    expect((await names())[0]).toMatch(/^Abbeville/);
    const last = page.locator("#region-table thead th").last();
    await last.locator("button").click();
    const shares = (await page.locator("#region-table tbody td:last-child").allTextContents()).map(
      Number.parseFloat,
    );
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    await page.locator("#page-on").click();
    expect(await page.locator("#page-at").textContent()).toBe("Page 2 of 162");
    expect(await page.locator("#page-back").isEnabled()).toBe(true);
  });

  it("has landmarks, one first heading, headings in order, and names for all that can be used", async () => {
    const found = await page.evaluate<Structure>("checks.structure()");
    expect(found).toMatchObject({
      language: "en",
      landmarks: [1, 1, 1, 1],
      unnamed: [],
      bareImages: 0,
      described: true,
      idsTwice: [],
      brokenLinks: [],
      tables: true,
      chartsAsTables: true,
    });
    expect(found.title).toContain("sample data");
    expect(found.headings.filter((level) => level === 1)).toHaveLength(1);
    for (let i = 1; i < found.headings.length; i++)
      expect(found.headings[i] as number).toBeLessThanOrEqual((found.headings[i - 1] as number) + 1);
  });

  it("lets the keyboard skip to the report first", async () => {
    const fresh = await open();
    await fresh.keyboard.press("Tab");
    expect(await fresh.evaluate("document.activeElement.textContent")).toBe("Skip to the report");
    await fresh.keyboard.press("Enter");
    expect(await fresh.evaluate("document.activeElement.id")).toBe("main");
    await fresh.close();
  });

  it.each([
    { name: "a small phone", width: 320, height: 640 },
    { name: "a phone", width: 390, height: 844 },
    { name: "a tablet", width: 820, height: 1180 },
    { name: "a large screen", width: 1600, height: 1000 },
  ])("never scrolls sideways on $name", async ({ width, height }) => {
    const narrow = await open({ width, height });
    expect(await narrow.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    await narrow.close();
  });

  it("keeps its contrast in light and dark", async () => {
    for (const dark of [false, true]) {
      const shown = await open({ dark });
      expect(await shown.evaluate("checks.lowContrast()")).toEqual([]);
      await shown.close();
    }
  });

  it("prints light, without its controls, whatever the screen", async () => {
    const shown = await open({ dark: true });
    await shown.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await shown.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
      "rgb(255, 255, 255)",
    );
    expect(await shown.evaluate("checks.shown('nav, .switch, #region-search, .pages')")).toBe(0);
    expect((await shown.pdf({ format: "A4" })).length).toBeGreaterThan(100_000);
    await shown.close();
  });

  it("shows map and first rows where scripts are off", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(pathToFileURL(file).href);
    expect(await plain.locator("#region-table tbody tr").count()).toBe(20);
    expect(await plain.locator(".switch").isVisible()).toBe(false);
    expect(await plain.locator(".static-note").isVisible()).toBe(true);
    await context.close();
  });

  it("runs nothing that came with the data", async () => {
    const hostile = temporaryFolder();
    const engine = await openEngine();
    const { facts, tablesFolder, counties } = await reportSample(engine, hostile, {
      hostile: true,
      species: 40,
    });
    const path = join(hostile, "report.html");
    await writeReport(engine, { facts, tablesFolder, map: counties, outPath: path });
    engine.close();
    const shown = await open({ path });
    await shown.locator("#region-search").fill("sons");
    await shown.locator("#region-table tbody button").first().click();
    expect(await shown.locator("#tooltip strong").textContent()).toContain("<img src=x");
    expect(
      await shown.evaluate(
        "({ hacked: 'hacked' in window, images: document.images.length, heading: document.querySelector('h1').textContent })",
      ),
    ).toEqual({
      hacked: false,
      images: 0,
      heading: facts.title,
    });
    expect(trouble).toEqual([]);
    await shown.close();
  });
});
