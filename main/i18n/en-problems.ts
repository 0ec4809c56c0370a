// English words for mistakes in playbooks: one sentence a rule. The place (file, line, column) is put before it by whoever shows it.

import type { ProblemRule } from '../core/playbook/problem.ts'

export const enProblems = {
  problem: {
    // reading
    'too-large': 'The file has {found} bytes; a playbook has at most {expected}.',
    'too-deep': 'Nested deeper than {expected} levels.',
    'not-utf8': 'Not UTF-8 text.',
    'not-yaml': 'Not YAML 1.2: {detail}',
    'yaml-feature':
      '{found} is not allowed: no anchors, aliases, tags, merge keys or directives, so that what is read is what is written.',
    'duplicate-key': 'The same key twice in one map.',
    'duplicate-step': 'The step id {found} is used twice.',
    'step-kind': 'A step is exactly one of {expected}; found the keys {found}.',
    'unknown-key': 'Unknown key {found} in {where}.',
    missing: '{where} is missing; expected {expected}.',
    'wrong-value': '{where}: found {found}, expected {expected}.',
    // composing
    'duplicate-playbook': '{found} is also in {other}, with other content.',
    'unknown-playbook': 'There is no playbook {found}; known are {expected}.',
    'use-cycle': 'A playbook uses itself: {found}.',
    'wrong-digest': 'The playbook used has the digest {found}, expected {expected}.',
    'unknown-step': 'The playbook used has no step {found}; it has {expected}.',
    'too-many-steps': 'More than {expected} steps in all.',
    'unknown-from': 'No earlier step {found} in this playbook.',
    // parameters
    'unused-param': 'The parameter {found} is declared and never used.',
    'undeclared-param': 'The parameter {found} is used and never declared.',
    'param-default': 'The default {found} is not allowed; expected {expected}.',
    'param-type': 'The parameter put in at {where} does not fit there.',
    'param-invalid': 'The value {found} of {param} is not allowed; expected {expected}.',
    // one act
    'unknown-verb': 'There is no verb {found}; known are {expected}.',
    'unknown-probe': 'There is no probe {found}; known are {expected}.',
    'unknown-technique': '{found} is not an ATT&CK technique this version knows.',
    'no-capture': '{verb} without `capture`: nothing is changed before its evidence is kept. It can keep {expected}.',
    'unknown-capture': 'This verb cannot keep {found}; it can keep {expected}.',
    'no-verify': '{verb} without `verify`: a change counts only when it is proven. It can prove {expected}.',
    'unknown-verify': 'This verb cannot prove {found}; it can prove {expected}.',
    'no-undo': '{verb} cannot be undone and must say so: `irreversible` is missing.',
    'undo-exists': '{verb} can be undone: `irreversible` does not belong here.',
    'missing-limit': '{verb} without `limit`: how long may it act?',
    'missing-selector': '{verb} without `on`: on what?',
    'kind-not-for-verb': 'This verb cannot act on {found}; it acts on {expected}.',
    'field-not-of-kind': 'A finding of kind {kind} has no {found}; it has {expected}.',
    'not-re2': 'Not a pattern that RE2 accepts: {found}',
    'unknown-option': 'This verb has no option {found}; it has {expected}.',
    'option-value': 'Found {found}, expected {expected}.',
    closure: 'Found {found}, expected {expected}.',
    // the order of the whole
    'kill-not-frozen': 'A kill takes only what an earlier freeze of this playbook holds.',
    'kill-before-disarm': '{at} kills before {step} disarms: what is killed first comes back under another name.',
    'kill-without-soak': 'After {at} nothing watches whether it comes back: a soak is missing.',
    'soak-not-measured':
      'After {at} the soak is not measured: `cover` makes it as long as what would revive the miner takes.',
    'cover-without-standing': '`cover` lengthens a wait that verifies: `verify: standing` is missing.',
    'freeze-before-pause':
      '{at} freezes before {step} pauses: a scheduler starts meanwhile what the freeze has not seen.',
    'disarm-before-freeze': '{at} disarms before {step} freezes: what still runs sees it and puts it back.',
    'library-before-line':
      '{at} takes libraries before {step} takes the preload line: until then every command of the host complains.',
    'resume-before-disarm': '{at} lets the schedulers run before {step} disarms: they start it again.',
    'resume-before-kill': '{at} lets the schedulers run before {step} has killed: they start it again.',
    'block-before-freeze':
      '{at} blocks before {step} freezes: only a freeze shows whether a block is needed, and where.',
    'lift-before-kill': '{at} lifts blocks before {step} has killed: what they hold back starts again.',
    'blocked-for-ever': '{at} blocks execution and no later step lifts it.',
    'lift-not-always': '{at} must be `always: true`: blocks are lifted even if a step before it failed.',
    'restore-before-hooks':
      '{at} restores programs before {step} disarms hooks: they would be replaced again by the next update.',
    'paused-for-ever':
      '{at} pauses the schedulers and no later step resumes them: the backups of the customer must run.',
    'resume-not-always': '{at} must be `always: true`: the schedulers run again even if a step before it failed.',
    'soak-too-short': 'A soak of {found} proves nothing; at least {expected}.',
    'never-looked': '{at} selects findings before anything was inspected.',
  },
} as const satisfies { readonly problem: Readonly<Record<ProblemRule, string>> }
