/** Uses viz's pages and the playground as readers do, in Chromium (`CHROMIUM=path` names another); screenshots are left in out/pages. */
import { existsSync } from "node:fs";
import { driveCache } from "./cache-drive.ts";
import { driveCharts } from "./charts-drive.ts";
import { driveExports } from "./exports-drive.ts";
import { driveLive } from "./live-drive.ts";
import { drivePage } from "./page-drive.ts";
import { buildPlayground, driveTraining } from "./playground-drive.ts";
import { drivePlaygroundPages } from "./playground-pages-drive.ts";
import { driveVietnamese } from "./playground-vietnamese-drive.ts";
import { assert, chromiumPath, folder, Reader } from "./reader.ts";

if (!existsSync(chromiumPath)) {
  console.log(`Left out: there is no ${chromiumPath} (CHROMIUM=path names another)`);
  process.exit(0);
}
buildPlayground();
const reader = await Reader.start();
try {
  await driveCache(reader);
  await driveCharts(reader);
  await driveExports(reader);
  await driveLive(reader);
  for (const line of await drivePage(reader)) console.log(line);
  for (const line of await driveTraining(reader)) console.log(line);
  await drivePlaygroundPages(reader);
  await driveVietnamese(reader);
  assert.deepEqual(reader.complaints, []);
  console.log(`The pages work; screenshots are in ${folder}`);
} finally {
  await reader.close();
}
