import type { PageData } from "../src/html/page-data.ts";
import { followPointers } from "./camera.ts";
import { byId } from "./elements.ts";
import { clearColours, colourByGradient } from "./gradient-colours.ts";
import { showPanel } from "./panel.ts";
import { Picture } from "./picture.ts";
import { pathBetween } from "./reach.ts";
import { Search } from "./search.ts";
import { followMarks } from "./tooltip.ts";

const STEP = 60;

/** Brings the page to life. */
function start(): void {
  const data = JSON.parse(byId("data").textContent!) as PageData;
  const stage = byId("stage");
  const pictures = data.views.map((view) => new Picture(view, stage));
  let picture = pictures.find(({ view }) => view.name === data.shown)!;
  let chosen: number | undefined;

  const close = (): void => {
    if (chosen !== undefined) picture.shapes[chosen]!.setAttribute("aria-pressed", "false");
    chosen = undefined;
    picture.showReach(undefined);
    byId("panel").hidden = true;
  };
  const choose = (mark: number, second?: number): void => {
    for (const each of [mark, second ?? mark]) picture.folding.reveal(each);
    if (chosen !== undefined) picture.shapes[chosen]!.setAttribute("aria-pressed", "false");
    chosen = mark;
    picture.shapes[mark]!.setAttribute("aria-pressed", "true");
    const path = second === undefined ? undefined : pathBetween(mark, second, picture.neighbours);
    if (second === undefined) picture.showReach(mark);
    else picture.showPath(mark, second, path);
    showPanel(picture, mark, second === undefined ? undefined : { mark: second, path }, {
      close: () => {
        const last = chosen;
        close();
        if (last !== undefined) picture.shapes[last]!.focus({ preventScroll: true });
      },
      choose: (other) => {
        choose(other);
        picture.camera.reveal(picture.shapes[other]!);
      },
      fold: (groups) => {
        close();
        picture.folding.set(groups, true);
      },
    });
  };
  /** A mark was clicked or entered; with Shift it is the second of two. */
  const pick = (mark: number, second: boolean): void => {
    if (second && chosen !== undefined && chosen !== mark) choose(chosen, mark);
    else choose(mark);
  };

  const search = new Search(() => picture);
  const hideTooltip = followMarks(stage, () => picture);
  followPointers(stage, () => picture.camera);
  stage.addEventListener("click", (event) => {
    const box = picture.folding.boxAt(event);
    if (box !== undefined) {
      picture.folding.set(event.shiftKey ? picture.folding.alike(box) : [box], false);
      return;
    }
    const mark = picture.markAt(event);
    if (mark >= 0) pick(mark, event.shiftKey);
    else close();
  });

  const foldAll = (fold: boolean): void => {
    close();
    picture.folding.set(
      picture.view.groups.map((_, i) => i),
      fold,
    );
  };
  const folds = document.querySelector<HTMLElement>("#folds");
  const showFolds = (): void => {
    if (folds) folds.hidden = picture.view.groups.length === 0;
  };
  document.querySelector("#fold")?.addEventListener("click", () => foldAll(true));
  document.querySelector("#unfold")?.addEventListener("click", () => foldAll(false));
  showFolds();

  const colours = document.querySelector<HTMLButtonElement>("#colours");
  const recolour = (): void => {
    const on = colours?.getAttribute("aria-pressed") === "true";
    byId("legend").hidden = !on;
    if (on) byId("legend").replaceChildren(...colourByGradient(picture.view, picture.shapes).childNodes);
    else clearColours(picture.shapes);
  };
  colours?.addEventListener("click", () => {
    colours.setAttribute("aria-pressed", String(colours.getAttribute("aria-pressed") !== "true"));
    recolour();
  });

  const views = [...document.querySelectorAll<HTMLButtonElement>("[data-view]")];
  const open = (name: string): void => {
    close();
    hideTooltip();
    picture.showHits(new Set(), undefined);
    picture = pictures.find(({ view }) => view.name === name)!;
    for (const { root } of pictures) root.hidden = root !== picture.root;
    for (const button of views) button.setAttribute("aria-pressed", String(button.dataset.view === name));
    picture.camera.begin();
    showFolds();
    recolour();
    search.run();
  };
  for (const button of views) button.addEventListener("click", () => open(button.dataset.view!));

  const actions: Readonly<Record<string, () => void>> = {
    "+": () => picture.camera.zoom(1.25),
    "=": () => picture.camera.zoom(1.25),
    "-": () => picture.camera.zoom(0.8),
    "0": () => picture.camera.fit(),
    "/": () => search.focus(),
    c: () => {
      const group = chosen === undefined ? undefined : picture.folding.groupOf(chosen);
      if (group === undefined) return;
      close();
      picture.folding.set([group], true);
    },
    C: () => {
      const group = chosen === undefined ? undefined : picture.folding.groupOf(chosen);
      if (group === undefined) return;
      close();
      picture.folding.set(picture.folding.alike(group), true);
    },
    ArrowLeft: () => picture.camera.pan(STEP, 0),
    ArrowRight: () => picture.camera.pan(-STEP, 0),
    ArrowUp: () => picture.camera.pan(0, STEP),
    ArrowDown: () => picture.camera.pan(0, -STEP),
    Escape: () => {
      hideTooltip();
      search.clear();
      close();
    },
  };
  for (const [id, key] of [
    ["zoom-in", "+"],
    ["zoom-out", "-"],
    ["fit", "0"],
  ] as const) {
    byId(id).addEventListener("click", actions[key]!);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
    const box = picture.folding.boxAt(event);
    if (box !== undefined && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      picture.folding.set(event.shiftKey ? picture.folding.alike(box) : [box], false);
      return;
    }
    const mark = picture.markAt(event);
    if (mark >= 0 && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      pick(mark, event.shiftKey);
      return;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  byId("theme").addEventListener("click", () => {
    const { dataset } = document.documentElement;
    const dark = dataset.theme
      ? dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    dataset.theme = dark ? "light" : "dark";
  });
  new ResizeObserver(() => {
    // Paper has a size of its own.
    if (!matchMedia("print").matches) picture.camera.resize();
  }).observe(stage);
  addEventListener("beforeprint", () => picture.camera.reset());
  addEventListener("afterprint", () => picture.camera.fit());
  picture.camera.begin();
}

start();
