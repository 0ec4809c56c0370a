import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { yamlData } from '../resources/yaml-data.ts'

// Builds the page into out/renderer. Everything it needs is in there: it loads nothing from anywhere else, and its content security policy sees to that.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), yamlData],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    chunkSizeWarningLimit: 2500,
    assetsInlineLimit: 0,
  },
  worker: { format: 'es', plugins: () => [yamlData] },
})
