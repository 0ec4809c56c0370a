// English words of the product. The shape of this object is the law: a language that lacks a key does not compile.
// Placeholders are `{name}`. A part in `[[ ]]` is left out when one of its placeholders has no value. Sentences of signals live with the signals.

import { enEngine } from './en-engine.ts'
import { enProblems } from './en-problems.ts'
import { enShell } from './en-shell.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { FindingKind, Verdict } from '../core/judge/finding.ts'
import type { ProbeId } from '../core/probes/probe.ts'
import { enFindings } from './en-findings.ts'
import type { Tri } from '../core/tri.ts'

/** Every error says what happened, what was kept, and what to do next. */
const error: Record<ErrorCode, string> = {
  usage:
    'The command was not understood[[: {what}]][[ “{text}”]][[; expected {expected}]][[ — {detail}]]. Nothing was done. `tourniquet --help` shows the commands.',
  'node-too-old':
    'Node.js[[ {found}]] is too old[[; {needed} or newer is needed]]. Nothing was done. Install a newer Node.js and start again.',
  'file-unreadable':
    'The file[[ {file}]][[ {path}]] could not be read[[: {detail}]][[ ({code})]]. Nothing was changed. Check the path and its permissions.',
  'playbook-invalid':
    'The playbook[[ {file}]] has a mistake[[ at line {line}]][[, column {column}]][[: {detail}]][[; expected {expected}]]. Nothing was run. Correct it and check with `tourniquet lint`.',
  'playbook-lint':
    'The playbook[[ {file}]] is well formed but not safe to run[[ (line {line})]][[: {detail}]]. Nothing was run. `tourniquet lint` names each rule it breaks.',
  'playbook-unknown':
    'There is no playbook called[[ {id}]][[ {name}]] here. Nothing was run. `tourniquet playbooks` lists them all.',
  'param-invalid':
    'A parameter is not acceptable[[: {param}]][[: {what}]][[ = {value}]][[ (found {found})]][[; expected {expected}]]. Nothing was sent to a host. Correct it and try again.',
  'host-unresolvable':
    'The name[[ {host}]] has no address[[: {detail}]]. Nothing was sent. Check the spelling, DNS, or use the address itself.',
  'host-unreachable':
    'The host[[ {host}]][[ port {port}]] cannot be reached[[: {detail}]]. Nothing was changed. Check the network, the security group and the port.',
  'host-timeout':
    'The host[[ {host}]][[ port {port}]] did not answer in time[[ ({stage}, {seconds} s)]][[ ({what})]][[: {detail}]]. Nothing was changed. A host under full load may need another try; otherwise check the network and the security group.',
  'host-not-ssh':
    'What answers at[[ {host}]][[ port {port}]] is not an SSH server[[: it says “{said}”]]. No login was tried. Check the address and the port.',
  'host-key-unknown':
    'The host key of[[ {host}]] is not known[[: {type}]][[ {sha256}]]. No password or key was offered. Compare the fingerprint with the console of the host, then use --host-key, --known-hosts or --trust-new.[[ Lines that were not understood: {ignored}.]]',
  'host-key-changed':
    'The host key of[[ {host}]] is not the one on record[[: now {sha256}]][[, before {old}]]. No password or key was offered. Either the host was rebuilt or someone stands between: clear this up before going on.',
  'host-key-mismatch':
    'The host key of[[ {host}]] is not the one demanded[[: {sha256} instead of {expected}]][[ (revoked at {revoked})]]. No password or key was offered. Make sure you dialled the right host.',
  'no-common-algorithm':
    'The host[[ {host}]] and the workbench share no safe[[ {kind}]] algorithm. Nothing was changed. Old hosts need the legacy algorithms allowed for this host alone.',
  'auth-refused':
    'The host[[ {host}]] refused the login[[ of {user}]][[; tried: {tried}]][[; it takes: {allowed}]][[ ({detail})]][[; {notes}]]. Nothing was changed. Check the account and the key, and whether the intruder changed them.',
  'auth-key-unreadable':
    'The private key[[ {file}]] could not be used[[: {detail}]]. No login was tried with it. Check the path, the permissions and the format.',
  'auth-key-passphrase':
    'The private key[[ {file}]] needs a passphrase, or the one given is wrong. No login was tried with it. Name the variable that holds it with --key-passphrase-env.',
  'auth-agent-unavailable':
    'No SSH agent could be asked[[: {detail}]][[: {why}]]. No login was tried. Start the agent, or name a key with -i.',
  'auth-password-missing':
    'The host[[ {host}]] asks for a password and none was given. No login was tried with one. Name the variable that holds it with --password-env.',
  'jump-failed':
    'The jump host[[ {hop}]] could not carry the connection[[: {inner}]][[ ({detail})]]. Nothing reached the host behind it. Check that the jump host allows forwarding to it.',
  'sudo-refused':
    'The account may not become root with sudo[[ ({detail})]]. Nothing was changed. Check the password and the sudo rules, or log in as root.',
  'sudo-password-missing':
    'sudo asks for a password and none was given. Nothing was changed. Name the variable that holds it with --sudo-password-env.',
  'login-not-proven':
    'A second login could not be proven[[ ({inner})]][[: {detail}]]. What it was to prove is taken back or was not begun, and the session stays open. Look why a new login fails before keys are changed.',
  'sudo-absent': 'The host has no sudo. Nothing was changed. Log in as root instead.',
  'link-lost':
    'The connection[[ to {host}]] was lost[[ ({reason})]][[: {detail}]]. All evidence and the journal up to this moment are safe in the case, and nothing is repeated blindly. Reconnect and go on; on the command line with `tourniquet resume --case DIR`.',
  'host-flooded':
    'The host sent more than anyone asked for, so the connection was cut[[ ({what})]][[ (limit {limit} bytes)]]. What had arrived is kept. Try again; if it repeats, the login shell or the SSH server of the host may be tampered with.',
  'arch-unsupported':
    'There is no toolbox for this machine type[[ ({arch})]]. Nothing was written to the host. This host cannot be treated with this release.',
  'no-place-for-toolbox':
    'No directory on the host takes and runs our toolbox[[ ({detail})]]. Nothing was left behind. Free some space, or allow execution in one of /run, /dev/shm, /tmp, /var/tmp or the home.',
  'toolbox-damaged':
    'The toolbox is not byte for byte ours[[: {what}]][[{tool}]][[ ({detail})]]. Nothing was run with it. If the copy on the host is the damaged one, treat the host as actively tampered with; if it is the one here, install again.',
  'shell-unusable':
    'The login on the host does not give a working shell[[: {detail}]]. What it printed is kept as evidence. Check the shell of the account and its start-up files.',
  'not-linux': 'The host is not Linux[[ but {system}]]. Nothing was changed. Only Linux hosts can be treated.',
  'frame-garbled':
    'The answers of the host no longer make sense[[: {detail}]]. The connection was closed and what had arrived is kept. Resume the case; if it repeats, something on the host interferes.',
  'request-too-large':
    'A request is too large to send[[: {what}]][[ {size}]][[ (limit {limit})]]. Nothing was sent. This is a fault of ours: please report it with the journal.',
  'request-timeout':
    'The host did not finish in time[[: {what}]][[ {path}]]. What it had answered is kept, the rest counts as unknown. Try again when the host is less busy.',
  cancelled: 'Stopped on request. Everything done so far is in the journal and can be resumed or undone.',
  'case-missing': 'There is no case at[[ {path}]]. Nothing was done. Check the folder given with --case.',
  'case-exists':
    'A case already stands at[[ {path}]]. It was left as it is. Choose another folder, or go on with `tourniquet resume`.',
  'case-locked':
    'The case[[ {path}]] is not free[[ ({reason})]][[: process {pid} on {host}]][[ since {since}]]. Nothing was written. Close the other session. What a crash on this computer left is taken over by itself; a copy, or what another machine left open, you take over with a reason: when you open it at the page, or with --take-over.',
  'case-version':
    'The case[[ {path}]] was written by another version[[ ({version})]]. Nothing was changed in it. Open it with that version or a newer one.',
  'case-key-missing':
    'The key of the case is not on this computer[[ ({path})]][[: {why}]]. The evidence is intact but stays sealed. Bring the key file or the keychain entry of the examiner who opened the case.',
  'journal-broken':
    'The journal does not hold together[[: {file}]][[ line {line}]][[: {why}]][[ {what}]]. Nothing was added to it, and nothing on a host was touched. Keep the folder as it is and verify a copy.',
  'exhibit-damaged':
    'A piece of evidence is damaged[[: {sha256}]][[ {path}]][[ ({where})]]. The rest of the case is untouched. Restore it from a bundle or a backup, or collect it again while the host still has it.',
  'exhibit-mismatch':
    'What arrived is not what the host had hashed[[: {what}]][[ ({host} there, {here} here)]]. The piece was refused and no act was based on it. Read it again; if it repeats, the file changes while it is read or the host is lying.',
  'disk-full':
    'The disk of this computer is full[[ ({path})]]. No act runs without its evidence being safe, so the run has stopped; nothing is lost. Free some space, then resume.',
  'host-disk-full':
    'The host has no room left for what was sent to it[[ ({what})]]. The request did not run and nothing was changed by it. Free some space on the host, then go on.',
  'disk-error':
    'This computer could not write[[ {path}]][[ ({code})]]. No act runs without its evidence being safe, so the run has stopped. Repair the cause, then resume.',
  'approval-missing':
    'The plan[[ of {step}]] awaits an approval and none was given. Nothing was changed by it. Review it and go on with `tourniquet resume --approve all`, or answer in a terminal.',
  'attestation-missing':
    'The step[[ {step}]] needs a word from a person and none was given. Nothing after it was run. Go on with `tourniquet resume --attest {name}=TEXT`, or answer in a terminal.',
  'plan-stale':
    'The host is no longer as it was planned[[: {what}]][[ {detail}]]. What was approved was not done. Look again and approve the new plan.',
  'evidence-missing':
    'The evidence for an act could not be made safe[[: {what}]][[ {detail}]]. The act was not done. See what could not be read, then run the step again.',
  'act-conflict':
    'Something on the host changed in the same moment[[: {what}]][[ {detail}]]. The act was not done and nothing was overwritten. Look again and approve a new plan.',
  'undo-blocked':
    'This cannot be undone yet[[: {what}]][[ — {detail}]]. Nothing was changed. Undo the newer change on the same object first.',
  'undo-hostile':
    'This would put something back that was judged hostile[[: {what}]]. Nothing was changed. If that is truly wanted, say so with --restore-hostile.',
  'run-missing':
    'The case has no such run[[: {run}]]. Nothing was changed. `tourniquet report` lists the runs of a case.',
  internal:
    'A fault of ours stopped this[[: {what}]]. Everything up to here is in the journal. Please report it with that file; resuming is safe.',
  'wire-closed':
    'The page and the workbench lost each other[[: {detail}]]. Nothing on a host depends on the page: what was running goes on, and every question waits. Reload the page.',
  'wire-invalid':
    'The page and the workbench do not understand each other[[: {what}]]. The message was refused and nothing was done. Reload the page; if it repeats, the two are of different versions.',
  'port-taken':
    'Port {port} of this computer is in use[[ ({detail})]]. Nothing was started. Stop the other program or choose another port with --port; a kept evidence locker belongs to its port.',
  'case-not-open': 'No case is open. Nothing was done. Open or create a case first.',
  'host-not-connected': 'The host[[ {host}]] is not connected. Nothing was done. Connect it and try again.',
  'question-gone':
    'This question is no longer open, or the answer is for another plan. The answer was not used. Look at the question that stands now.',
  busy: 'Something else is under way[[: {what}]]. Nothing was started. Wait until it ends, or stop it first.',
  'not-supported':
    'This shell of the workbench cannot do that[[: {what}]]. Nothing was done. Type the path instead, or use the desktop program.',
  'terminal-refused':
    'The host[[ {host}]] opened no terminal[[: {detail}]]. Nothing was typed there. The link and the checklist are not affected; try again, or look at the account’s shell.',
  'terminal-gone':
    'This terminal has ended. What was typed last did not reach the host; the recording is in the case. Open a new terminal.',
  'upload-damaged':
    'The upload[[ {name}]] did not arrive whole[[: {got} of {size} bytes]]. Nothing of it was kept. Choose the file again.',
  'locker-full':
    'This browser has no room left for the evidence locker[[: {needed} bytes needed]][[, {free} free]]. Nothing is lost: the case folder holds everything. Free some disk space, then let the locker catch up.',
  'locker-damaged':
    'The evidence locker of this browser is damaged[[: {what}]]. Nothing is lost: the case folder holds everything. Rebuild the locker from it.',
  'practice-failed':
    'The practice host could not be started[[: {detail}]]. Nothing was changed outside it. It needs Linux, root and systemd-nspawn.',
  'bundle-invalid':
    'The bundle does not hold together[[: {file}]][[ — {why}]]. Do not rely on it. Ask its sender for another copy and compare the digests.',
  'bundle-unsigned':
    'The bundle carries no signature that can be checked[[: {why}]]. Its contents may be intact, but nothing says who made it. Ask for a signed one.',
  'sign-key-unusable':
    'The signing key cannot be used[[: {path}]][[ ({why})]]. Nothing was signed or exported. Choose another key with --sign-key.',
}

const verdict: Record<Verdict, string> = {
  clean: 'Clean',
  suspect: 'Suspect',
  infected: 'Infected',
  'rebuild-advised': 'Rebuild advised',
  unknown: 'Unknown',
}

const kind: Record<FindingKind, string> = {
  process: 'Process',
  schedule: 'Scheduled job',
  'scheduler-daemon': 'Scheduler',
  preload: 'Preloaded library',
  file: 'File',
  mount: 'Mount',
  socket: 'Connection',
  login: 'Login',
  hijack: 'Hijacked view',
  unit: 'Service unit',
  startup: 'Start-up entry',
  binary: 'System tool',
  key: 'SSH key',
  account: 'Account',
  sudo: 'Sudo rule',
  sshd: 'SSH server setting',
  pam: 'Login rule (PAM)',
  name: 'Name rule',
}

const proposed: Record<Tri, string> = { yes: 'act proposed', no: 'no act proposed', unknown: 'your decision' }

/** What to do about a finding of a kind. */
const advice: Record<FindingKind, string> = {
  process:
    'Do not kill it first: what guards it would start it again. Freeze the whole set, pause the schedulers, keep its evidence, disarm what starts it, then kill.',
  schedule:
    'Pause the scheduler, keep the file, and remove only this entry. Jobs of the customer stay. Ask where the entry came from.',
  'scheduler-daemon': 'Pause it while the host is cleaned and resume it afterwards: backups and renewals must run.',
  preload:
    'Remove the line before the library: with the library gone first, every program complains. Long-running services keep it loaded until they are restarted.',
  file: 'Quarantine it instead of deleting it: the bytes are evidence, and a mistake can be undone.',
  mount: 'Unmount it after recording it; what it covered becomes visible again.',
  socket:
    'No visible process holds it. Compare with the processes found by number; a kernel module may be hiding its owner.',
  login:
    'Check whether the owner knows this login. If not, it may be how they came in: close that way before the case is closed.',
  hijack:
    "Do not trust the host's own tools. Go by what our toolbox reads, and expect a preloaded library or a kernel module.",
  unit: "Never stop it with the host: its stop hooks are the attacker's. Freeze its processes, take the unit and its links away, then kill.",
  startup: 'Keep the file and remove only this entry: it runs again at the next boot or login.',
  binary: 'Put the delivered file back from a trusted package, and do not use the tool on this host until then.',
  key: 'Ask the owner whose key this is. Remove it only after a second login without it has been proven.',
  account:
    'Ask the owner whether this account is wanted. If not: end its sessions, lock it and its keys, then look at what it owns. Change passwords from a clean machine.',
  sudo: 'Ask the owner whether this grant is wanted. If not, remove the rule with visudo after the accounts are clean.',
  sshd: 'Compare with the configuration the owner wants. Check with sshd -t before reloading, and keep a session open.',
  pam: 'A changed login stack can let anyone in or record passwords. Compare with the packages, and consider rebuilding the host.',
  name: 'Compare with the names the owner uses. Put updates, agents and the resolver back before anything is downloaded.',
}

export const en = {
  ...enEngine,
  ...enProblems,
  ...enShell,
  error,
  verdict,
  kind,
  proposed,
  advice,
  'verdict-meaning': {
    clean: 'Everything a miner needs was read, and nothing hostile was found.',
    suspect: 'Something needs a look from a person before this host can be trusted.',
    infected: 'Hostile activity was found, and acts against it are proposed.',
    'rebuild-advised':
      'The base of the system was altered. Clean-up cannot prove it sound: rebuild it from a trusted image.',
    unknown: 'Nothing hostile was found, but something needed could not be read. This is not a clean result.',
  } satisfies Record<Verdict, string>,
  probe: {
    machine: 'the machine',
    processes: 'processes',
    sockets: 'network connections',
    schedulers: 'scheduled tasks',
    units: 'services and timers',
    startup: 'start-up files',
    preload: 'preloaded libraries',
    mounts: 'mounts',
    files: 'files',
    logins: 'logins',
    binaries: 'system programs',
    keys: 'SSH keys',
    accounts: 'accounts and sign-in',
    names: 'name resolution',
    '*': 'the whole host',
    'dead-man': 'the pause of schedulers',
    capture: 'evidence',
    'capture-changed': 'evidence',
    'capture-optional': 'evidence that may be missing',
  } satisfies Record<ProbeId | 'dead-man' | 'capture' | 'capture-changed' | 'capture-optional' | '*', string>,
  effect: { raises: 'raises', caps: 'holds back', decides: 'decides', note: 'note' },
  process: {
    miner: 'Miner: {name} (pid {pid})',
    'intruder-session': 'Open session of the intruder: {name} (pid {pid})',
    hidden: 'Hidden process: {name} (pid {pid})',
    disguised: 'Disguised process: {name} (pid {pid})',
    suspicious: 'Suspicious process: {name} (pid {pid})',
  },
  schedule: {
    'fetches-and-runs': '{path}[[:{line}]] fetches code and runs it',
    'starts-hostile': '{path}[[:{line}]] starts something hostile',
    environment: '{path}[[:{line}]] changes the environment of the jobs after it',
    binary: '{path} is a crontab with binary content',
    suspicious: 'Suspicious job in {path}[[:{line}]]',
  },
  preload: {
    hijack: '{path}[[:{line}]] loads {library} into every program',
    suspicious: '{path}[[:{line}]] loads {library}, which is worth a look',
  },
  file: { payload: 'Payload {path}', library: 'Hijacking library {path}' },
  mount: { 'over-process': 'Mount over {point} hides a process', 'over-system': 'Mount over {point}' },
  socket: {
    pool: 'Connection to a mining pool without a visible process: {address}:{port}',
    ownerless: 'Connection without a visible process: {address}:{port}',
  },
  login: {
    'failed-burst': '{count} failed logins as {user} from {from}',
    'accepted-after-burst': '{user} logged in from {from} after many failures',
  },
  hijack: { 'hides-processes': "The host's own view leaves out {count} process(es)" },
  ...enFindings,
  'scheduler-daemon': { runs: 'Scheduler {name} (pid {pid})' },
} as const

/** What every language must say: the sections and keys of the English file. */
export type Words = { readonly [Section in keyof typeof en]: Readonly<Record<keyof (typeof en)[Section], string>> }
