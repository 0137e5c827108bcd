/** Mazes of rooms with marks in them, what one sees there, and ways through them that can be told. */
import type { Random } from "../shared/random.ts";
import { colors } from "../shared/things.ts";

export const kinds = ["door", "tree", "lamp", "well"] as const;
export interface Mark {
  readonly color: (typeof colors)[number];
  readonly kind: (typeof kinds)[number];
}
export const nameOf = ({ color, kind }: Mark): string => `${color} ${kind}`;

/** Rooms in rows; directions are counted clockwise, from 0, up. */
export interface Maze {
  readonly size: number;
  /** Whether one can leave a room in each direction. */
  readonly open: readonly (readonly boolean[])[];
  readonly marks: readonly (Mark | undefined)[];
}
export interface Pose {
  readonly room: number;
  readonly heading: number;
}
export const actions = ["forward", "left", "right", "stop"] as const;
export type Action = (typeof actions)[number];

const steps = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;
const directions = [0, 1, 2, 3];
const quarter = { forward: 0, left: 3, right: 1 } as const;
const turned = (heading: number, by: number): number => (heading + by) % 4;

/** The room next to one, or -1 beyond the edge. */
function next(room: number, direction: number, size: number): number {
  const [dx, dy] = steps[direction]!;
  const [x, y] = [(room % size) + dx, Math.floor(room / size) + dy];
  return x >= 0 && x < size && y >= 0 && y < size ? y * size + x : -1;
}
const isOpen = ({ open }: Maze, room: number, direction: number): boolean => open[room]![direction]!;

/** Where an action leads; against a wall one stays. */
export function move(maze: Maze, { room, heading }: Pose, action: Action): Pose {
  if (action === "left" || action === "right") return { room, heading: turned(heading, quarter[action]) };
  const goes = action === "forward" && isOpen(maze, room, heading);
  return { room: goes ? next(room, heading, maze.size) : room, heading };
}

const depth = 3;
export const viewSize: number = depth * (3 + colors.length + kinds.length);

/** The own room and two ahead, as far as no wall is before them: ways ahead, left and right, and the mark. */
export function view(maze: Maze, { room, heading }: Pose): number[] {
  const seen: number[] = [];
  for (let i = 0, at = room; i < depth; i++) {
    const mark = maze.marks[at];
    seen.push(...[0, 3, 1].map((by) => Number(isOpen(maze, at, turned(heading, by)))));
    seen.push(...colors.map((color) => Number(mark?.color === color)));
    seen.push(...kinds.map((kind) => Number(mark?.kind === kind)));
    if (!isOpen(maze, at, heading)) break;
    at = next(at, heading, maze.size);
  }
  return [...seen, ...new Array<number>(viewSize - seen.length).fill(0)];
}

/** A tree of ways through all rooms, and a few more, which make rings of it. */
function ways(random: Random, size: number): boolean[][] {
  const open = Array.from({ length: size * size }, () => [false, false, false, false]);
  const join = (room: number, direction: number): void => {
    open[room]![direction] = true;
    open[next(room, direction, size)]![turned(direction, 2)] = true;
  };
  const trail = [random.below(size * size)];
  for (let room = trail[0]; room !== undefined; room = trail.at(-1)) {
    const from = room;
    const fresh = directions.filter((each) => {
      const other = next(from, each, size);
      return other >= 0 && !open[other]!.includes(true);
    });
    if (fresh.length === 0) trail.pop();
    else {
      const direction = random.pick(fresh);
      join(from, direction);
      trail.push(next(from, direction, size));
    }
  }
  for (let i = 0; i < 2 * size; i++) {
    const [room, direction] = [random.below(size * size), random.below(4)];
    if (next(room, direction, size) >= 0) join(room, direction);
  }
  return open;
}

/** The most steps that a way takes, and one to stop. */
export const longestWay = 20;

/** A maze, where one stands in it, what one is told, and what who understands it does. */
export interface Journey {
  readonly maze: Maze;
  readonly start: Pose;
  readonly told: string;
  readonly done: readonly Action[];
  readonly goal: number;
}

/** A way of one to three turns that are told, or nothing where this maze or this try gave none. */
function tried(random: Random, open: Maze["open"], size: number): Journey | undefined {
  const any = (): Mark => ({ color: random.pick(colors), kind: random.pick(kinds) });
  const marks = Array.from({ length: size * size }, () => (random.uniform() < 0.6 ? any() : undefined));
  const maze: Maze = { size, open, marks };
  const start = { room: random.below(size * size), heading: random.below(4) };
  if (!isOpen(maze, start.room, start.heading)) return undefined;
  const [told, done]: [string[], Action[]] = [[], ["forward"]];
  const wanted = 1 + random.below(3);
  let pose = move(maze, start, "forward");
  const visited = new Set([start.room]);
  let passed = [marks[start.room]]; // since the last clause: what is told next has to be the first of its kind
  while (!visited.has(pose.room) && done.length < longestWay) {
    visited.add(pose.room);
    const { room, heading } = pose;
    const free = (["left", "forward", "right"] as const).filter((each) =>
      isOpen(maze, room, turned(heading, quarter[each])),
    );
    const isLast = free.length === 0 || (told.length === wanted && random.uniform() < 0.5);
    const sides = free.filter((each) => each !== "forward");
    const turns =
      !isLast &&
      free.length > 1 &&
      told.length < wanted &&
      (!free.includes("forward") || random.uniform() < 0.7);
    if (!isLast && !turns && free.length > 1 && !free.includes("forward")) return undefined;
    if (isLast || turns) {
      marks[room] ??= any();
      const name = nameOf(marks[room]);
      if (passed.some((mark) => mark && nameOf(mark) === name)) return undefined;
      passed = [];
      if (isLast) {
        if (told.length === 0) return undefined;
        return {
          maze,
          start,
          told: [...told, `stop at the ${name}`].join(" then "),
          done: [...done, "stop"],
          goal: room,
        };
      }
      const side = random.pick(sides);
      told.push(`go to the ${name} and turn ${side}`);
      done.push(side, "forward");
      pose = move(maze, move(maze, pose, side), "forward");
    } else {
      const way = free.includes("forward") ? "forward" : free[0]!;
      if (way !== "forward") done.push(way);
      done.push("forward");
      pose = move(maze, way === "forward" ? pose : move(maze, pose, way), "forward");
    }
    passed.push(marks[room]);
  }
  return undefined;
}

/** Every fifth maze, by its walls, is kept for the test. */
const isKept = (open: Maze["open"]): boolean =>
  open.reduce((sum, ways, room) => sum + ways.filter(Boolean).length * (room + 1) * (room + 2), 0) % 5 === 0;

/** A journey in a maze of its own. */
export function journey(random: Random, size: number, kept: boolean): Journey {
  for (;;) {
    const open = ways(random, size);
    if (isKept(open) !== kept) continue;
    for (let i = 0; i < 100; i++) {
      const found = tried(random, open, size);
      if (found) return found;
    }
  }
}

/** What one senses: the view, and what one did before. */
export const sense = ({ maze }: Journey, pose: Pose, before: Action | undefined): number[] => [
  ...view(maze, pose),
  ...actions.map((action) => Number(action === before)),
];
export const senseSize: number = viewSize + actions.length;

/** Decides what each of a batch does next. */
export type Walker = (senses: readonly (readonly number[])[]) => readonly Action[];

/** All at once, until each has stopped or made twice as many steps as the longest way takes. */
export function walk(some: readonly Journey[], walker: Walker): { poses: Pose[]; arrived: boolean }[] {
  const walks = some.map(({ start }) => ({ poses: [start], done: [] as Action[] }));
  for (let t = 0; t < 2 * longestWay; t++) {
    const senses = walks.map(({ poses, done }, i) => sense(some[i]!, poses.at(-1)!, done.at(-1)));
    walker(senses).forEach((action, i) => {
      const { poses, done } = walks[i]!;
      if (done.at(-1) === "stop") return;
      done.push(action);
      if (action !== "stop") poses.push(move(some[i]!.maze, poses.at(-1)!, action));
    });
  }
  return walks.map(({ poses, done }, i) => {
    return { poses, arrived: done.at(-1) === "stop" && poses.at(-1)!.room === some[i]!.goal };
  });
}
