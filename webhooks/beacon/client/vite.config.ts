import { defineConfig } from 'vite'

/** The beacon's script for malls: `beacon.js` for pages by script tag and for mini-programs, `beacon.mjs` for bundlers. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../../../dist/beacon',
    emptyOutDir: true,
    // What WeChat's web views of the last years know; a mini-program's own build goes lower if it must.
    target: ['es2020'],
    rolldownOptions: { output: { minify: true } },
    lib: {
      entry: 'index.ts',
      name: 'leadBeacon',
      formats: ['es', 'umd'],
      fileName: (format) => (format === 'es' ? 'beacon.mjs' : 'beacon.js'),
    },
  },
})
