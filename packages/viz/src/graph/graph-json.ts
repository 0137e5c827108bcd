import { areBeside, type Edge, type Mark, type Panel, type Picture } from "./picture.ts";
import type { Kind } from "./vertex.ts";

/** A graph as data: what `toJson` gives and `renderSvg` takes, made by this package or by hand. */
export interface GraphJson {
  /** From left to right: time columns, steps that are not shown, what lies outside of loops. */
  readonly columns?: readonly ColumnJson[];
  readonly nodes: readonly NodeJson[];
  readonly edges: readonly EdgeJson[];
}

/** A part of the picture from left to right. */
export interface ColumnJson {
  /** Default: "". */
  readonly title?: string;
  /** `"step"` has a frame with its title. Default "step". */
  readonly kind?: "outside" | "step" | "more";
  /** Columns of one stage are laid out alike, by the keys of their nodes. Default: each by itself. */
  readonly stage?: number;
}

/** What is drawn: an operation, a variable, a parameter, a box. */
export interface NodeJson {
  readonly id: string;
  /** Default: its id. */
  readonly label?: string;
  /** Small, below the label. Default: nothing. */
  readonly caption?: string;
  /** Default "operator". */
  readonly kind?: Kind;
  /** Index of its column; without one it is drawn once, below all columns. Default: the first, where there are none. */
  readonly column?: number;
  /** The same for corresponding nodes of the columns of a stage. Default: its id. */
  readonly key?: string;
  readonly op?: string;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  /** Whether differentiation made it. */
  readonly derived?: boolean;
  readonly source?: string;
}

/** What reads what. */
export interface EdgeJson {
  readonly from: string;
  readonly to: string;
  /** Whether a gradient flows back along it. */
  readonly gradient?: boolean;
  /** Whether it leads to the next step in a column that stands for all: the only kind that may close a circle. */
  readonly carry?: boolean;
  /** Whether gradients are cut on it. */
  readonly cut?: boolean;
}

/** A picture as data; `place` writes the source line of a mark's node. */
export function writeGraph(
  { panels, shared, edges }: Picture,
  place: (mark: Mark) => string | undefined,
): GraphJson {
  const node = (mark: Mark, column?: number): NodeJson => {
    const { id, label, caption, kind, key, op, tensor, derived } = mark;
    const source = place(mark);
    return {
      id,
      label,
      ...(caption && { caption }),
      kind,
      ...(column !== undefined && { column }),
      key,
      ...(op !== undefined && { op }),
      ...(tensor && { shape: tensor.shape, dtype: tensor.dtype }),
      ...(derived && { derived }),
      ...(source !== undefined && { source }),
    };
  };
  return {
    columns: panels.map(({ title, kind, stage }) => ({ title, kind, stage })),
    nodes: [
      ...panels.flatMap(({ marks }, i) => marks.map((mark) => node(mark, i))),
      ...shared.map((mark) => node(mark)),
    ],
    edges: edges.map(({ from, to, gradient, carry, cut }) => ({
      from: from.id,
      to: to.id,
      ...(gradient && { gradient }),
      ...(carry && { carry }),
      ...(cut && { cut }),
    })),
  };
}

const kinds: readonly string[] = [
  "operator",
  "variable",
  "parameter",
  "literal",
  "cell",
  "loop",
  "more",
  "cut",
] satisfies Kind[];

/** More columns are no picture. */
const MOST_COLUMNS = 2000;

const refuse = (problem: string): never => {
  throw new RangeError(`graph: ${problem}`);
};

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Of what is nested, which may be deep, the kind alone. */
const quoted = (value: unknown): string =>
  isRecord(value) ? "a record" : Array.isArray(value) ? "an array" : (JSON.stringify(value) ?? String(value));

/** Text, or a number in its place. */
const textOf = (whose: string, value: unknown): string =>
  Object(value) === value ? refuse(`expected text as ${whose}, received ${quoted(value)}`) : String(value);

/**
 * The elements of an array, without what else it may carry: a property `constructor` would be in the way of its methods.
 * @throws RangeError for what is no array of records
 */
function recordsOf<T extends object>(name: string, values: readonly T[]): T[] {
  const records = Array.isArray(values)
    ? Array.from<T>(values)
    : refuse(`expected an array of ${name}, received ${quoted(values)}`);
  const wrong = records.findIndex((each) => !isRecord(each));
  if (wrong >= 0) refuse(`expected records as ${name}, received ${quoted(records[wrong])} at ${wrong}`);
  return records;
}

/**
 * A picture of data that may come from anywhere.
 * @throws RangeError for data of another form, two nodes of one id, edges to unknown nodes, circles, and more than
 *   2,000 columns
 */
export function readGraph(graph: GraphJson): Picture {
  const given = Object(graph) as GraphJson;
  if (!Array.isArray(given.nodes) || !Array.isArray(given.edges))
    refuse("expected { nodes: [...], edges: [...] }");
  const [nodes, edges] = [recordsOf("nodes", given.nodes), recordsOf("edges", given.edges)];
  const columns = columnsOf(nodes, recordsOf("columns", given.columns === undefined ? [] : given.columns));
  const marks = new Map<string, Mark>();
  for (const node of nodes) {
    const mark = readNode(node, columns.length);
    if (marks.has(mark.id)) refuse(`two nodes have the id ${quoted(mark.id)}`);
    marks.set(mark.id, mark);
  }
  // Names from outside stay text: elements have ids of our own making.
  const own = [...marks.keys()].every((id) => /^n\d{1,9}$/.test(id));
  const made = [...marks.values()].map((mark, i): Mark => (own ? mark : { ...mark, id: `n${i}` }));
  const byName = new Map([...marks.keys()].map((name, i) => [name, made[i]!]));
  const find = (name: unknown): Mark =>
    byName.get(name as string) ?? refuse(`an edge names an unknown node: ${quoted(name)}`);
  const read = edges.map(({ from, to, gradient, carry, cut }): Edge => {
    const ends = { from: find(from), to: find(to) };
    if (ends.to.region === undefined) refuse(`${quoted(to)} is read and reads: it needs a column`);
    const beside = areBeside(columns, ends.from, ends.to);
    return { ...ends, gradient: gradient === true, carry: carry === true, cut: cut === true, beside };
  });
  const places = new Set<string>();
  for (const { key, region } of made) {
    if (region === undefined) continue;
    if (places.has(`${region} ${key}`)) refuse(`two nodes of column ${region} have the key ${quoted(key)}`);
    places.add(`${region} ${key}`);
  }
  checkCircles(read, new Map(made.map((mark, i) => [mark, [...marks.keys()][i]!])));
  const panels = columns.map(
    (column, i): Panel => ({ ...column, marks: made.filter(({ region }) => region === i) }),
  );
  return { panels, shared: made.filter(({ region }) => region === undefined), edges: read };
}

function columnsOf(
  nodes: readonly NodeJson[],
  columns: NonNullable<GraphJson["columns"]>,
): Omit<Panel, "marks">[] {
  const most = nodes.reduce(
    (most, { column }) => (Number.isInteger(column) ? Math.max(most, column!) : most),
    columns.length - 1,
  );
  if (most >= MOST_COLUMNS) refuse(`${most + 1} columns are too many to draw; at most ${MOST_COLUMNS}`);
  const count = Math.max(1, most + 1);
  return Array.from({ length: count }, (_, i) => {
    const alone = columns.length === 0 && most < 0 ? "outside" : "step";
    const { title = "", kind = alone, stage = -1 - i } = columns[i] ?? {};
    if (!["outside", "step", "more"].includes(kind)) refuse(`unknown kind of column ${quoted(kind)}`);
    if (!Number.isFinite(stage)) refuse(`column ${i} has no stage of that number: ${quoted(stage)}`);
    return { title: textOf(`the title of column ${i}`, title), kind, stage };
  });
}

function readNode(node: NodeJson, columns: number): Mark {
  const { id, label = id, caption = "", kind = "operator", key = id, op } = node;
  if (typeof id !== "string" || id === "") refuse(`a node needs an id, received ${quoted(id)}`);
  if (!kinds.includes(kind))
    refuse(`${quoted(id)} has an unknown kind ${quoted(kind)}; known: ${kinds.join(", ")}`);
  const region = node.column ?? (kind === "parameter" || columns > 1 ? undefined : 0);
  if (region !== undefined && !(Number.isInteger(region) && region >= 0))
    refuse(`${quoted(id)} has no column of that number: ${quoted(region)}`);
  return {
    id,
    kind,
    label: textOf(`the label of ${quoted(id)}`, label),
    caption: textOf(`the caption of ${quoted(id)}`, caption),
    key: textOf(`the key of ${quoted(id)}`, key),
    region,
    derived: node.derived === true,
    node: undefined,
    tensor: undefined,
    step: undefined,
    groups: [],
    op: op === undefined ? undefined : textOf(`the op of ${quoted(id)}`, op),
  };
}

/** @throws RangeError that names the nodes of a circle */
function checkCircles(edges: readonly Edge[], names: ReadonlyMap<Mark, string>): void {
  const readers = new Map<Mark, Mark[]>();
  const missing = new Map<Mark, number>([...names.keys()].map((mark) => [mark, 0]));
  for (const { from, to, carry } of edges) {
    if (carry) continue;
    readers.set(from, [...(readers.get(from) ?? []), to]);
    missing.set(to, missing.get(to)! + 1);
  }
  const free = [...missing].flatMap(([mark, count]) => (count === 0 ? [mark] : []));
  for (const mark of free) {
    for (const reader of readers.get(mark) ?? []) {
      missing.set(reader, missing.get(reader)! - 1);
      if (missing.get(reader) === 0) free.push(reader);
    }
  }
  if (free.length === missing.size) return;
  // Whatever is left reads something that is left: going back ends in a circle.
  const stuck = new Set([...missing].flatMap(([mark, count]) => (count > 0 ? [mark] : [])));
  const way: Mark[] = [[...stuck][0]!];
  for (;;) {
    const before = edges.find(({ from, to, carry }) => !carry && to === way[0] && stuck.has(from))!.from;
    const again = way.indexOf(before);
    way.unshift(before);
    if (again < 0) continue;
    const circle = way.slice(0, again + 2).map((mark) => quoted(names.get(mark)));
    refuse(`a circle, ${circle.join(" → ")}; an edge to the next step says carry: true`);
  }
}
