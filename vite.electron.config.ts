import { builtinModules } from 'node:module'
import { defineConfig, type UserConfig } from 'vite'
import { yamlData } from './resources/yaml-data.ts'

// Bundles the desktop shell: its main process as one ES module, and with `--mode preload` its preload as one CommonJS file, which is all a sandboxed one may
// be. What ships needs no node_modules, and no source maps.
const shared = { publicDir: false, plugins: [yamlData], ssr: { noExternal: true } } as const satisfies UserConfig

const main: UserConfig = {
  ...shared,
  build: {
    outDir: 'out/electron',
    emptyOutDir: false,
    target: 'node24',
    ssr: true,
    sourcemap: false,
    minify: false,
    rolldownOptions: {
      input: { main: 'main/electron/main.ts' },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        codeSplitting: false,
        banner: '// ssh2 asks where it lies\nconst __dirname = import.meta.dirname',
      },
      external: [
        'electron',
        ...builtinModules,
        /^node:/,
        'cpu-features',
        /sshcrypto\.node$/,
        'bufferutil',
        'utf-8-validate',
      ],
    },
  },
}

const preload: UserConfig = {
  ...shared,
  build: {
    outDir: 'out/electron',
    emptyOutDir: false,
    target: 'chrome156',
    ssr: true,
    sourcemap: false,
    minify: false,
    rolldownOptions: {
      input: { preload: 'main/electron/preload.ts' },
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
      external: ['electron'],
    },
  },
}

export default defineConfig(({ mode }) => (mode === 'preload' ? preload : main))
