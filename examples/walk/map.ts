/** Maps of mazes as SVG: rooms, walls, marks, and the ways of walkers. */
import { type Journey, type Mark, nameOf } from "./maze.ts";

/** A way in a maze: the rooms that somebody was in, one after another. */
export interface Way {
  readonly name: string;
  readonly color: string;
  readonly rooms: readonly number[];
}
const [room, margin, lineHeight] = [76, 20, 17];
const inks = { red: "#e03131", green: "#2f9e44", blue: "#3b5bdb", yellow: "#fcc419" };
const glyphs: Record<Mark["kind"], string> = {
  door: "M-6,9V-9H6V9zM3,0h1",
  tree: "M0,-11L9,4H2V10H-2V4H-9z",
  lamp: "M-7,-3A7,7 0 1 1 7,-3L2,3V10H-2V3z",
  well: "M-9,9V0H-7V-6L0,-11L7,-6V0H9V9z",
};

/** What one is told, the maze, and where walkers went; one panel beside the other. */
export function drawMaps(
  panels: readonly { readonly journey: Journey; readonly ways: readonly Way[] }[],
): string {
  const size = panels[0]!.journey.maze.size * room;
  const clauses = Math.max(...panels.map(({ journey }) => journey.told.split(" then ").length));
  const top = margin + clauses * lineHeight;
  const keys = panels[0]!.ways;
  const [width, height] = [margin + panels.length * (size + margin), top + size + 2 * margin + lineHeight];
  const legend = keys.map(({ name, color }, i) => {
    const y = height - margin;
    return `<path d="M${margin + 190 * i},${y - 4}h26" stroke="${color}" stroke-width="3"/><text x="${margin + 32 + 190 * i}" y="${y}">${name}</text>`;
  });
  const drawn = panels.map((panel, i) => {
    const x = margin + i * (size + margin);
    const words = panel.journey.told
      .split(" then ")
      .map(
        (clause, line, all) =>
          `<text x="${x}" y="${margin + 10 + line * lineHeight}" font-weight="bold">${line > 0 ? "then " : ""}${clause}${line < all.length - 1 ? "," : ""}</text>`,
      );
    return `${words.join("")}<g transform="translate(${x},${top})">${mapOf(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="#1f2933" role="img" aria-label="Ways through mazes">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${[...drawn, ...legend].join("\n")}
</svg>
`;
}

function mapOf({
  journey: { maze, start, goal },
  ways,
}: {
  readonly journey: Journey;
  readonly ways: readonly Way[];
}): string {
  const { size, open, marks } = maze;
  const corner = (at: number) => [(at % size) * room, Math.floor(at / size) * room] as const;
  const walls = open.flatMap((sides, at) => {
    const [x, y] = corner(at);
    const lines = [
      `M${x},${y}h${room}`,
      `M${x + room},${y}v${room}`,
      `M${x},${y + room}h${room}`,
      `M${x},${y}v${room}`,
    ];
    return lines.filter((_, side) => !sides[side]);
  });
  const signs = marks.flatMap((mark, at) => {
    if (!mark) return [];
    const [x, y] = corner(at);
    return [
      `<path transform="translate(${x + 17},${y + 18})" d="${glyphs[mark.kind]}" fill="${inks[mark.color]}" stroke="#1f2933"/><text x="${x + room / 2}" y="${y + room - 6}" font-size="10" fill="#6b7785" text-anchor="middle">${nameOf(mark)}</text>`,
    ];
  });
  const lines = ways.map(({ color, rooms }, i) => {
    const points = rooms.map((at) =>
      corner(at)
        .map((side) => side + room / 2 + 6 * (i - (ways.length - 1) / 2))
        .join(","),
    );
    const end = points.at(-1)!.split(",");
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="3" stroke-linejoin="round" stroke-opacity="0.85"/><circle cx="${end[0]}" cy="${end[1]}" r="5" fill="${color}"/>`;
  });
  const [x, y] = corner(start.room);
  const [gx, gy] = corner(goal);
  const here = `<rect x="${gx + 3}" y="${gy + 3}" width="${room - 6}" height="${room - 6}" fill="#fff3bf"/>`;
  const arrow = `<path transform="translate(${x + room / 2},${y + room / 2}) rotate(${90 * start.heading})" d="M0,-11L8,8L0,4L-8,8z" fill="#1f2933"/>`;
  return `${here}<path d="${walls.join("")}" stroke="#1f2933" stroke-width="2.5" stroke-linecap="round"/>${signs.join("")}${lines.join("")}${arrow}`;
}
