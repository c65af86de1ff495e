// Lints all JavaScript of the repository: what a page runs, the tests of that, and what tests and benchmarks put into
// a page by themselves.

import js from "@eslint/js";
import globals from "globals";

/** @type {import("eslint").Linter.Config[]} */
export default [
  { ignores: ["**/.venv*/", "**/build/", "**/dist/"] },
  js.configs.recommended,
  {
    rules: {
      "no-unused-vars": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "prefer-const": "error",
      "no-undef": "error",
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  { files: ["mqttwidgets/**/*.js", "tests/browser/*.js", "benchmarks/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/browser/*.js", "benchmarks/**/*.js"], languageOptions: { sourceType: "script" } },
  { files: ["tests/js/*.mjs", "eslint.config.mjs"], languageOptions: { globals: globals.node } },
];
