// Titles of findings about units, start-up files, tools, access and names, in English.

export const enFindings = {
  unit: {
    'starts-hostile': 'Service {name} runs something hostile',
    'drop-in': '{path} changes service {name}',
    generator: '{path} writes units at every boot and reload',
    suspicious: 'Suspicious service {name}',
  },
  startup: {
    'fetches-and-runs': '{path}[[:{line}]] fetches code and runs it',
    'starts-hostile': '{path}[[:{line}]] starts something hostile',
    environment: '{path}[[:{line}]] changes the environment of what starts after it',
    'shadows-tool': '{path}[[:{line}]] puts something else in the place of a tool',
    suspicious: 'Suspicious start-up entry in {path}[[:{line}]]',
  },
  binary: {
    replaced: '{path} is not the file that {package} delivered',
    missing: '{path} of {package} is missing',
    renamed: '{path} of {package} was moved to {copy}',
    mode: '{path} of {package} cannot be used as delivered',
    unlisted: 'No package vouches for {path}',
    diverted: 'An administrator put another program at {path}',
    doubtful: '{path} changed after {package} came',
    copy: '{path} was put aside for {tool}',
  },
  key: {
    hostile: 'Hostile key of {account}: {fingerprint}',
    unknown: 'Key of {account} to be confirmed: {fingerprint}',
    unreadable: 'Line in a key file of {account} that is no key',
  },
  account: {
    'second-root': 'Account {name} has the powers of root (uid 0)',
    'empty-password': 'Account {name} has no password',
    'system-login': 'System account {name} can log in',
    powerful: 'Account {name} can become root',
    disguised: 'Account {name} is written to deceive',
  },
  sudo: {
    grant: '{who} may run {commands} as root',
    'setuid-shell': '{path} is {shell} and runs as root for everybody',
  },
  sshd: { setting: 'SSH server: {keyword} {value}' },
  pam: {
    'open-door': '{path}[[:{line}]] lets everybody in ({module})',
    'runs-program': '{path}[[:{line}]] runs {program} at login',
    'unknown-module': '{path}[[:{line}]] loads {module}, which no package brought',
  },
  name: {
    blocks: '{path}[[:{line}]] keeps {names} from being reached',
    'leads-elsewhere': '{path}[[:{line}]] leads {names} to {address}',
    resolver: '{path}[[:{line}]] asks {address} for names',
    'locks-out': '{path}[[:{line}]] keeps people out',
    sources: '{path}[[:{line}]] looks names up in an unusual place',
  },
} as const
