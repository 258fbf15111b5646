import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { operations } from "./build/operations.ts";

/** Stands in the built pages where the server puts a request's nonce. */
const NONCE = "{{nonce}}";

/** Brotli's best, 11, takes ten times as long for a tenth less. */
const QUALITY = 9;

const COMPRESSIBLE = /\.(js|css|svg|ttf|json)$/;

/** Writes `.br` and `.gz` files beside the built ones, for the server to hand out. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (!COMPRESSIBLE.test(file.fileName)) continue;
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          const params = {
            [constants.BROTLI_PARAM_QUALITY]: QUALITY,
            [constants.BROTLI_PARAM_SIZE_HINT]: source.length,
          };
          this.emitFile({
            type: "asset",
            fileName: `${file.fileName}.br`,
            source: brotliCompressSync(source, { params }),
          });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) });
        }
      },
    },
  };
}

/** `"use client"`, in libraries that run on servers as well, is no news. */
function onwarn(warning: { code?: string; message: string }, warn: (warning: { message: string }) => void): void {
  if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "./",
  html: { cspNonce: NONCE },
  plugins: [operations(), precompressed()],
  resolve: { alias: { "@operations": at("../../../schema/operations"), "@": at("src") } },
  build: {
    outDir: "../built",
    emptyOutDir: true,
    assetsInlineLimit: 0, // a font in a `data:` address is one the policy refuses
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 8_000,
    reportCompressedSize: false,
    manifest: "manifest.json",
    rolldownOptions: {
      input: { portal: "portal.html", graphiql: "graphiql.html" },
      checks: { pluginTimings: false },
      onwarn,
    },
  },
});
