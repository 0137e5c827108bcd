import type { PageData } from "../src/html/page-data.ts";
import { followPointers, LEGIBLE } from "./camera.ts";
import { gradientColours, valueColours } from "./colours.ts";
import { byId } from "./elements.ts";
import { showPanel } from "./panel.ts";
import { Picture } from "./picture.ts";
import { colouringAt, momentAt, Player, panelsOf, tellMoment } from "./player.ts";
import { pathBetween } from "./reach.ts";
import { savePng, saveSvg } from "./save.ts";
import { Search } from "./search.ts";
import { Stage } from "./stage.ts";
import { followMarks } from "./tooltip.ts";
import { speak } from "./words.ts";

const STEP = 60;

const optional = (id: string): HTMLButtonElement | null => document.querySelector(`#${id}`);
const isPressed = (button: Element | null): boolean => button?.getAttribute("aria-pressed") === "true";
const press = (button: Element, on: boolean): void => button.setAttribute("aria-pressed", String(on));

/** Brings the page to life. */
function start(): void {
  const data = JSON.parse(byId("data").textContent!) as PageData;
  speak(data.words);
  const pictures = data.views.map((view) => new Picture(view, data.preset));
  let picture = pictures.find(({ view }) => view.name === data.shown)!;
  const stage = new Stage(data.preset, picture);
  const { camera } = stage;
  let chosen: number | undefined;

  const close = (): void => {
    chosen = undefined;
    picture.showReach(undefined);
    stage.repaint();
    const panel = byId("panel");
    if (panel.hidden) return;
    panel.hidden = true;
    camera.measure();
  };
  /** Folds or unfolds, what was at a place staying there. */
  const fold = (groups: readonly number[], on: boolean, at?: number): void => {
    if (on) close();
    const before = at === undefined ? undefined : picture.areaOfGroup(at);
    picture.fold(groups, on);
    stage.draw(picture, true);
    const after = at === undefined ? undefined : picture.areaOfGroup(at);
    if (before && after)
      camera.follow(
        after.x + after.width / 2 - before.x - before.width / 2,
        after.y + after.height / 2 - before.y - before.height / 2,
      );
    else stage.begin();
    // The scale of colours covers what is seen.
    if (isColoured()) recolour();
  };
  const choose = (mark: number, second?: number): void => {
    const opened = [mark, second ?? mark].filter((each) => picture.reveal(each));
    chosen = mark;
    const path = second === undefined ? undefined : pathBetween(mark, second, picture.neighbours);
    if (second === undefined) picture.showReach(mark);
    else picture.showPath(mark, second, path);
    if (opened.length > 0) stage.draw(picture, true);
    else stage.repaint();
    history.replaceState(null, "", `#${picture.view.marks[mark]!.id}`);
    showPanel(picture, mark, second === undefined ? undefined : { mark: second, path }, {
      close: () => {
        const last = chosen;
        close();
        if (last !== undefined) stage.focus(picture.idOf(last));
      },
      choose: (other) => {
        choose(other);
        const area = picture.areaOf(other);
        if (area) camera.reveal(area);
      },
      fold: (groups) => fold(groups, true, groups[0]),
    });
    camera.measure();
  };

  const search = new Search({
    picture: () => picture,
    show: ({ mark, group }) => {
      const opened = group === undefined ? picture.reveal(mark) : false;
      if (opened) stage.draw(picture, true);
      const area = group === undefined ? picture.areaOf(mark) : picture.areaOfGroup(group);
      if (area) camera.center(area);
    },
    repaint: () => stage.repaint(),
  });
  const hideTooltip = followMarks(stage.element, {
    picture: () => picture,
    idAt: (event) => stage.idAt(event),
    reveal: (id) => {
      const area = stage.areaOf(id);
      if (area) camera.reveal(area);
      return area && camera.onScreen(area);
    },
  });
  followPointers(stage.element, () => camera);
  /** A mark, or a box, was clicked or entered. */
  const act = (id: string | undefined, shift: boolean): void => {
    const { mark, box } = picture.find(id);
    if (box !== undefined) fold(shift ? picture.alike(box) : [box], false, box);
    else if (mark === undefined) close();
    else if (shift && chosen !== undefined && chosen !== mark) choose(chosen, mark);
    else choose(mark);
  };
  stage.element.addEventListener("click", (event) => act(stage.idAt(event), event.shiftKey));

  // What is coloured: gradients on request, or a moment of the time slider.
  const isColoured = (): boolean => (player?.place ?? 0) > 0 || isPressed(optional("colours"));
  const recolour = (): void => {
    const gradients = optional("colours");
    const place = player?.place ?? 0;
    const { view } = picture;
    byId("now").textContent = "";
    if (place > 0) {
      const moment = momentAt(view, place);
      const [values, back] = [valueColours(picture, stage.dark), gradientColours(picture, stage.dark)];
      picture.colour(colouringAt(view, moment, values, back), moment.backward > 0 ? back.of : undefined);
      byId("now").textContent = tellMoment(view, moment);
      byId("legend").replaceChildren(...(moment.backward > 0 ? back : values).legend.childNodes);
    } else if (isPressed(gradients)) {
      const { colouring, of, legend } = gradientColours(picture, stage.dark);
      picture.colour(colouring, of);
      byId("legend").replaceChildren(...legend.childNodes);
    } else picture.colour(() => undefined);
    byId("legend").hidden = place === 0 && !isPressed(gradients);
    stage.repaint();
  };
  const player = optional("play") ? new Player(recolour) : undefined;
  const toggle = (id: string, changed: () => void): void => {
    const button = optional(id);
    button?.addEventListener("click", () => {
      press(button, !isPressed(button));
      changed();
    });
  };
  toggle("colours", recolour);

  // Switches: what is left out of all views.
  const leaveOut = (): void => {
    const off = (id: string): boolean => optional(id) !== null && !isPressed(optional(id));
    const [parameters, gradients, optimizer] = ["parameters", "ways", "optimizer"].map(off);
    close();
    picture.leaveOut(
      ({ kind, derived, optimizer: own }) =>
        (parameters! && kind === "parameter") ||
        (gradients! && derived === true) ||
        (optimizer! && own === true),
      !gradients,
    );
  };
  for (const id of ["parameters", "ways", "optimizer"]) {
    toggle(id, () => {
      leaveOut();
      stage.draw(picture, true);
      stage.begin();
    });
  }

  const views = [...document.querySelectorAll<HTMLButtonElement>("[data-view]")];
  const open = (name: string): void => {
    close();
    hideTooltip();
    picture.showHits(new Set(), undefined);
    picture = pictures.find(({ view }) => view.name === name)!;
    for (const button of views) press(button, button.dataset.view === name);
    leaveOut();
    optional("folds")?.toggleAttribute("hidden", picture.view.groups.length === 0);
    player?.reset(2 * panelsOf(picture.view));
    stage.draw(picture);
    stage.begin();
    if (player) recolour();
    search.run();
  };
  for (const button of views) button.addEventListener("click", () => open(button.dataset.view!));
  const all = (): number[] => picture.view.groups.map((_, i) => i);
  optional("fold")?.addEventListener("click", () => fold(all(), true));
  optional("unfold")?.addEventListener("click", () => fold(all(), false));
  byId("save-svg").addEventListener("click", () => saveSvg(data.title, stage.text()));
  byId("save-png").addEventListener("click", () => void savePng(data.title, stage.text()));

  const foldChosen = (alike: boolean): void => {
    const group = chosen === undefined ? undefined : picture.groupOf(chosen);
    if (group !== undefined) fold(alike ? picture.alike(group) : [group], true, group);
  };
  const actions: Readonly<Record<string, () => void>> = {
    "+": () => camera.zoom(1.25),
    "=": () => camera.zoom(1.25),
    "-": () => camera.zoom(0.8),
    "0": () => camera.fit(),
    "/": () => search.focus(),
    c: () => foldChosen(false),
    C: () => foldChosen(true),
    ArrowLeft: () => camera.pan(STEP, 0),
    ArrowRight: () => camera.pan(-STEP, 0),
    ArrowUp: () => camera.pan(0, STEP),
    ArrowDown: () => camera.pan(0, -STEP),
    Escape: () => {
      hideTooltip();
      search.clear();
      close();
    },
  };
  for (const [id, key] of Object.entries({ "zoom-in": "+", "zoom-out": "-", fit: "0" })) {
    byId(id).addEventListener("click", actions[key]!);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
    const id = stage.idAt(event);
    if (id !== undefined && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      act(id, event.shiftKey);
      return;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  const more = byId("more");
  more.addEventListener("click", () => {
    const opened = byId("tools").classList.toggle("open");
    more.setAttribute("aria-expanded", String(opened));
  });
  const redraw = (): void => {
    stage.draw(picture);
    if (player) recolour();
  };
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = stage.dark ? "light" : "dark";
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(() => {
    // Paper has a size of its own.
    if (!matchMedia("print").matches) camera.resize();
  }).observe(stage.element);
  addEventListener("beforeprint", () => stage.print(true));
  addEventListener("afterprint", () => stage.print(false));

  /** The view and the mark that the address names. */
  const follow = (): boolean => {
    const id = decodeURIComponent(location.hash.slice(1));
    const named = pictures.find((one) => one.find(id).mark !== undefined);
    if (!named) return false;
    if (named !== picture) open(named.view.name);
    const { mark } = named.find(id);
    choose(mark!);
    const area = picture.areaOf(mark!);
    if (area) camera.center(area);
    return true;
  };
  addEventListener("hashchange", follow);
  picture.openLegibly((width, height) => camera.fitting({ width, height }) >= LEGIBLE);
  open(picture.view.name);
  follow();
}

start();
