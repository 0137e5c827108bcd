/**
 * Which frames of a stack are the library's own. Files of an installed package are known by their folder. A bundler
 * leaves no folders: there, code is known by where it lies in the bundle, between two functions that the build writes
 * at both ends of each file of a package (`tsdown.config.ts`) and that bundlers leave in their places.
 */

/** A place in the code that runs, as a stack names it. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Code from one place of a file to another, as traces taken there. */
export interface CodeRange {
  readonly begin: Error;
  readonly end: Error;
}

// Written by the build; sources have none.
declare const codeBegins: (() => Error) | undefined;
declare const codeEnds: (() => Error) | undefined;

/** `    at name (place)` and `    at place` of V8, `name@place` and `place` of the others. */
const FRAME =
  /^\s*(?:at (?:.*? \()?|[^/:@]*@)?((?:[a-z][a-z0-9+.-]+:\/\/|blob:|data:|[a-z]:[\\/]|\/).*):(\d+):(\d+)\)?$/i;

function placeOf(frame: string): Place | undefined {
  const [, location, line, column] = FRAME.exec(frame) ?? [];
  if (location === undefined) return undefined;
  return { file: plainPath(location), line: Number(line), column: Number(column) };
}

/** A path with forward slashes, whether it came as a path or as a URL of a file. */
function plainPath(location: string): string {
  const path = location.startsWith("file://") ? location.slice("file://".length) : location;
  try {
    return decodeURIComponent(path)
      .replaceAll("\\", "/")
      .replace(/^\/(?=[A-Za-z]:\/)/, "");
  } catch {
    return path.replaceAll("\\", "/"); // a path with a percent sign of its own
  }
}

const firstPlace = ({ stack = "" }: Error): Place | undefined => {
  for (const frame of stack.split("\n")) {
    const place = placeOf(frame);
    if (place) return place;
  }
  return undefined;
};

/** The file that this code is in, as a path or an address: `import.meta` is not there in every format that bundlers write. */
export const ownFile = (): string | undefined => firstPlace(new Error())?.file;

interface Whereabouts {
  /** The file this function is in. */
  readonly file: string;
  readonly owns: (file: string) => boolean;
}

let whereabouts: Whereabouts | undefined;

/** Where this file is, and which others belong to the library, found out when somebody asks. */
function findWhereabouts(): Whereabouts {
  const file = ownFile() ?? "";
  const installed = /^(.*\/)core\/(?:src|dist)\//.exec(file)?.[1];
  if (installed !== undefined) {
    const scope = /\/@[^/]+\/$/.exec(installed)?.[0] ?? installed; // each package may be installed in another place
    const part = /^(?:core|nn|optim|viz)\/(?:src|dist)\//;
    const owns = (other: string): boolean => {
      const at = scope === installed ? (other.startsWith(installed) ? 0 : -1) : other.lastIndexOf(scope);
      return at >= 0 && part.test(other.slice(at + scope.length));
    };
    return { file, owns };
  }
  // Vite's development server keeps packages in files of a folder of its own.
  const folder = /^.*\/node_modules\/.*\//.exec(file)?.[0];
  return { file, owns: (other) => folder !== undefined && other.startsWith(folder) };
}

interface Range {
  readonly begin: Place;
  readonly end: Place;
}

const others: CodeRange[] = [];
let ranges: Range[] | undefined;

/**
 * Says that the code between two places of a bundle belongs to a library that builds on this one, so that `sourceLine`
 * passes it over and names the line of who uses that library.
 * @example
 * const begin = new Error();
 * const library = { twice: (x) => add(x, x) };
 * ownCode({ begin, end: new Error() });
 */
export function ownCode(range: CodeRange): void {
  others.push(range);
  ranges = undefined;
}

function knownRanges(): Range[] {
  const begin = typeof codeBegins === "function" ? codeBegins() : undefined;
  const end = typeof codeEnds === "function" ? codeEnds() : undefined;
  return [...(begin && end ? [{ begin, end }] : []), ...others].flatMap((range) => {
    const [from, to] = [firstPlace(range.begin), firstPlace(range.end)];
    return from && to && from.file === to.file ? [{ begin: from, end: to }] : [];
  });
}

const isBefore = (a: Place, b: Place): boolean =>
  a.line < b.line || (a.line === b.line && a.column <= b.column);

function isOurs(place: Place): boolean {
  whereabouts ??= findWhereabouts();
  ranges ??= knownRanges();
  if (whereabouts.owns(place.file)) return true;
  const inFile = ranges.filter(({ begin }) => begin.file === place.file);
  if (inFile.some(({ begin, end }) => isBefore(begin, place) && isBefore(place, end))) return true;
  // A bundle of sources, whose ends nothing tells apart.
  return place.file === whereabouts.file && inFile.length === 0;
}

/** The first frame of a stack that is not the library's own, as `file:line:column`. */
export function firstForeignFrame(stack: string): string | undefined {
  for (const frame of stack.split("\n")) {
    const place = placeOf(frame);
    if (place && !isOurs(place)) return FRAME.exec(frame)!.slice(1, 4).join(":");
  }
  return undefined;
}
