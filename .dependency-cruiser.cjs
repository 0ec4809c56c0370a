// Who may import whom. The core knows nothing of node, ssh2 or the shells around it; the shells know the core only through compose.
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'main/core may import itself, its data files and four small libraries; the world is injected.',
      severity: 'error',
      from: { path: '^main/core/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot: [
          '^main/core/',
          '^resources/(signals|indicators|attack|binaries)/',
          '^node_modules/(zod|yaml|canonicalize|re2js)/',
        ],
      },
    },
    {
      name: 'only-ssh-knows-ssh2',
      severity: 'error',
      from: { pathNot: ['^main/ssh/', '^main/platform/', '^e2e/'] },
      to: { path: '^node_modules/ssh2/' },
    },
    {
      name: 'ssh-and-platform-see-core-only',
      severity: 'error',
      from: { path: '^main/(ssh|platform)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^main/', pathNot: ['^main/core/', '^main/(ssh|platform)/'] },
    },
    {
      name: 'adapters-do-not-mix',
      severity: 'error',
      from: { path: '^main/ssh/' },
      to: { path: '^main/platform/' },
    },
    {
      name: 'range-drives-from-outside',
      comment:
        'The range, the drill and the journeys use the product as a stranger would: through its command line. Specs named host-* and locker* drive that one room.',
      severity: 'error',
      from: { path: '^e2e/range/|^e2e/drill|^e2e/specs/(?!host-|locker)' },
      to: { path: '^main/', pathNot: '^main/core/(contract|errors)\\.ts$|^main/core/rpc/' },
    },
    {
      name: 'workbench-knows-no-shell',
      comment: 'The workbench is the same behind a served page and a desktop window.',
      severity: 'error',
      from: { path: '^main/workbench/' },
      to: { path: ['^main/(cli|server|electron)/', '^node_modules/(ws|electron|ssh2)/'] },
    },
    {
      name: 'server-lets-in-and-no-more',
      severity: 'error',
      from: { path: '^main/server/', pathNot: '\\.test\\.ts$' },
      to: { path: '^main/', pathNot: ['^main/(server|page|workbench|platform|core)/', '^main/compose\\.ts$'] },
    },
    {
      name: 'page-is-files-only',
      comment: 'The files of the page and their headers, for whichever shell shows them.',
      severity: 'error',
      from: { path: '^main/page/' },
      to: { path: '^main/', pathNot: '^main/(page|platform|core)/' },
    },
    {
      name: 'desktop-is-a-thin-shell',
      severity: 'error',
      from: { path: '^main/electron/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^main/',
        pathNot: ['^main/(electron|page|workbench|platform|i18n|core)/', '^main/(compose|self-check)\\.ts$'],
      },
    },
    {
      name: 'only-the-desktop-knows-electron',
      severity: 'error',
      from: { pathNot: '^main/electron/' },
      to: { path: '^node_modules/electron/' },
    },
    {
      name: 'only-server-knows-ws',
      severity: 'error',
      from: { path: '^main/', pathNot: ['^main/server/', '\\.test\\.ts$'] },
      to: { path: '^node_modules/ws/' },
    },
    {
      name: 'page-sees-the-border-only',
      comment:
        'The page knows the contract, the errors, the wire and the words; what happens behind them is none of its business.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: ['^renderer/evidence-db/worker/', '\\.test\\.tsx?$'] },
      to: {
        path: '^main/',
        pathNot: [
          '^main/core/(contract|errors|host-text|json|tri)\\.ts$',
          '^main/core/rpc/',
          '^main/i18n/',
          '^main/core/case/events\\.ts$',
        ],
      },
    },
    {
      name: 'locker-worker-sees-journal-and-bundle',
      comment: 'The locker checks chains and writes bundles by the very code that does it for the case folder.',
      severity: 'error',
      from: { path: '^renderer/evidence-db/worker/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^main/',
        pathNot: [
          '^main/core/(contract|errors|host-text|json|ports)\\.ts$',
          '^main/core/(rpc|case|bundle)/',
          '^main/i18n/',
        ],
      },
    },
    {
      name: 'only-the-locker-worker-knows-the-database',
      severity: 'error',
      from: { pathNot: '^renderer/evidence-db/worker/' },
      to: {
        path: ['^node_modules/dexie/', '^renderer/evidence-db/worker/(?!.*\\.test)'],
        dependencyTypesNot: ['npm-dev'],
      },
    },
    {
      name: 'features-do-not-mix',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^out/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
