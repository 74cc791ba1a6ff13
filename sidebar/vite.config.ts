import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const early = `${import.meta.dirname}/src/early.ts`

/** Names src/early.ts in the page before the app's own file, to be run as soon as it is there. */
function beginsEarly(): Plugin {
  return {
    name: 'begins-early',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunk = Object.values(bundle ?? {}).find((one) => one.type === 'chunk' && one.facadeModuleId === early)
        if (!chunk) return html
        const attrs = { type: 'module', async: true, crossorigin: true, src: `/sidebar/${chunk.fileName}` }
        return [{ tag: 'script', attrs, injectTo: 'head-prepend' }]
      },
    },
  }
}

/** The pages of the salesperson, served by the server under /sidebar/. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/sidebar/',
  plugins: [vue(), beginsEarly()],
  build: {
    outDir: '../dist/sidebar',
    emptyOutDir: true,
    // WeCom's web views lag behind: Chromium 87 in older Android clients, Safari 14 on older iPhones.
    target: ['chrome87', 'safari14'],
    cssTarget: ['chrome87', 'safari14'],
    reportCompressedSize: true,
    rollupOptions: { input: [`${import.meta.dirname}/index.html`, early] },
  },
})
