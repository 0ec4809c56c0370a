import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'
import { yamlData } from './resources/yaml-data.ts'

// Bundles the command line into one file: what ships needs no node_modules. ssh2's optional native parts stay out (it works without them).
export default defineConfig({
  publicDir: false,
  plugins: [yamlData],
  build: {
    outDir: 'out/main',
    emptyOutDir: true,
    target: 'node20',
    ssr: true,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: { cli: 'main/cli/main.ts' },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        banner: '// ssh2 asks where it lies\nconst __dirname = import.meta.dirname',
      },
      external: [...builtinModules, /^node:/, 'cpu-features', /sshcrypto\.node$/],
    },
  },
  ssr: { noExternal: true },
})
