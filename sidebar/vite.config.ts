import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** The pages of the salesperson, served by the server under /sidebar/. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/sidebar/',
  plugins: [vue()],
  build: {
    outDir: '../dist/sidebar',
    emptyOutDir: true,
    // WeCom's web views lag behind: Chromium 87 in older Android clients, Safari 14 on older iPhones.
    target: ['chrome87', 'safari14'],
    cssTarget: ['chrome87', 'safari14'],
    reportCompressedSize: true,
  },
})
