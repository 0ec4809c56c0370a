// Titles of findings about units, start-up files, tools, access and names, in Chinese.

import type { enFindings } from './en-findings.ts'

export const zhFindings: {
  readonly [S in keyof typeof enFindings]: Readonly<Record<keyof (typeof enFindings)[S], string>>
} = {
  unit: {
    'starts-hostile': '服务 {name} 运行恶意程序',
    'drop-in': '{path} 改动了服务 {name}',
    generator: '{path} 在每次开机和重载时生成单元',
    suspicious: '可疑服务 {name}',
  },
  startup: {
    'fetches-and-runs': '{path}[[:{line}]] 下载代码并执行',
    'starts-hostile': '{path}[[:{line}]] 会启动恶意程序',
    environment: '{path}[[:{line}]] 改变其后程序的环境变量',
    'shadows-tool': '{path}[[:{line}]] 用其他内容顶替系统工具',
    suspicious: '{path}[[:{line}]] 中有可疑启动项',
  },
  binary: {
    replaced: '{path} 不是软件包 {package} 提供的原文件',
    missing: '软件包 {package} 的 {path} 缺失',
    renamed: '软件包 {package} 的 {path} 被移到 {copy}',
    mode: '软件包 {package} 的 {path} 无法正常使用',
    unlisted: '没有软件包可以证明 {path} 的来源',
    diverted: '管理员在 {path} 放置了其他程序',
    doubtful: '{path} 在软件包 {package} 安装之后被改动',
    copy: '{path} 是为 {tool} 挪到一旁的文件',
  },
  key: {
    hostile: '{account} 的恶意密钥：{fingerprint}',
    unknown: '{account} 的待确认密钥：{fingerprint}',
    unreadable: '{account} 的密钥文件中有无法识别的行',
  },
  account: {
    'second-root': '账户 {name} 拥有 root 权限（uid 0）',
    'empty-password': '账户 {name} 没有密码',
    'system-login': '系统账户 {name} 可以登录',
    powerful: '账户 {name} 可以成为 root',
    disguised: '账户 {name} 的写法有欺骗性',
  },
  sudo: {
    grant: '{who} 可以 root 身份运行 {commands}',
    'setuid-shell': '{path} 是 {shell} 的副本，任何人都可借其以 root 运行',
  },
  sshd: { setting: 'SSH 服务：{keyword} {value}' },
  pam: {
    'open-door': '{path}[[:{line}]] 放行所有人（{module}）',
    'runs-program': '{path}[[:{line}]] 在登录时运行 {program}',
    'unknown-module': '{path}[[:{line}]] 加载不属于任何软件包的 {module}',
  },
  name: {
    blocks: '{path}[[:{line}]] 使 {names} 无法访问',
    'leads-elsewhere': '{path}[[:{line}]] 把 {names} 指向 {address}',
    resolver: '{path}[[:{line}]] 通过 {address} 解析域名',
    'locks-out': '{path}[[:{line}]] 会把人挡在门外',
    sources: '{path}[[:{line}]] 使用不常见的名称来源',
  },
}
