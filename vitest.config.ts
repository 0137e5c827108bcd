import type { ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = {
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/**/*.test.ts", "test/*.test.ts"],
    testTimeout: 60_000,
    // In CI the counts also go to a file, for the line that ends .ci/run.
    reporters: process.env.CI ? ["default", "json"] : ["default"],
    outputFile: { json: "out/tests.json" },
  },
};

export default config;
