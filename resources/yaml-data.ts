// Knowledge is kept as YAML and shipped as data: read when the program is built, because reading it at every start took longer than all else a start does.

import type { Plugin } from 'vite'
import { parse } from 'yaml'

export const yamlData: Plugin = {
  name: 'yaml-data',
  transform: {
    filter: { id: /\.yaml$/ },
    handler: (text) => ({ code: `export default ${JSON.stringify(parse(text))}`, map: null, moduleType: 'js' }),
  },
}
