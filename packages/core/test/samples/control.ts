import { filled, plain, type SamplesOf } from "./arrays.ts";

export const control: SamplesOf<"identity" | "stopGradient" | "customGradient"> = {
  identity: [plain(filled([3]))],
  stopGradient: [plain(filled([3]))],
  customGradient: [{ operands: [filled([3])], attributes: { rule: () => [] } }],
};
