import type { PlainKernel } from "../../../lower/kernel.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { printBox } from "./box.ts";
import { printCumulative } from "./cumulative.ts";
import { printGather } from "./gather.ts";
import { printMap } from "./map.ts";
import { printOverlap } from "./overlap.ts";
import type { Printed } from "./printed.ts";
import { printPack, printProduct } from "./product.ts";
import { printReduce } from "./reduce.ts";
import { printScatterAdd } from "./scatter-add.ts";
import { printSort } from "./sort.ts";
import { printWatch } from "./watch.ts";

/** A kernel as a function of the module. */
export function printKernel(module: ModuleBuilder, kernel: PlainKernel): Printed {
  switch (kernel.kind) {
    case "map":
      return printMap(module, kernel);
    case "reduce":
      return printReduce(module, kernel);
    case "product":
      return printProduct(module, kernel);
    case "pack":
      return printPack(module, kernel);
    case "gather":
      return printGather(module, kernel);
    case "scatterAdd":
      return printScatterAdd(module, kernel);
    case "box":
      return printBox(module, kernel);
    case "overlap":
      return printOverlap(module, kernel);
    case "cumulative":
      return printCumulative(module, kernel);
    case "sort":
      return printSort(module, kernel);
    case "watch":
      return printWatch(module, kernel);
  }
}
