/** The program in a page: what it found stands in the page's `findings`. */
import { check } from "./check.ts";
import { report } from "./report.ts";

report(check(async (file) => (await fetch(file)).text()));
