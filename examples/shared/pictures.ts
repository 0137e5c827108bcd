/** Where examples put what they draw. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a picture to `out/<example>/<name>` and says where it is. */
export function savePicture(example: string, name: string, picture: string | Uint8Array): void {
  const folder = join("out", example);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, picture);
  console.log(`picture: ${path}`);
}
