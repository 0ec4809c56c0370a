// Who may import whom. The core knows nothing of node, ssh2 or the shells around it; the shells know the core only through compose.
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'main/core may import itself, its data files and four small libraries; the world is injected.',
      severity: 'error',
      from: { path: '^main/core/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^main/core/', '^resources/(signals|indicators|attack)/', '^node_modules/(zod|yaml|canonicalize|re2js)/'] },
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
      comment: 'The range, the drill and the journeys use the product as a stranger would: through its command line. Specs named host-* drive that one room.',
      severity: 'error',
      from: { path: '^e2e/range/|^e2e/drill|^e2e/specs/(?!host-)' },
      to: { path: '^main/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^out/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
