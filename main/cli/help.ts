// What `tourniquet help` prints, within 80 columns, in both languages.

import type { Language } from '../i18n/words.ts'
import type { CommandName } from './options.ts'

type Text = Readonly<Record<Language, string>>

const overview: Text = {
  en: `Tourniquet finds miners on Linux hosts over SSH and evicts them, with evidence
before every change and an undo after it.

  tourniquet triage HOST…              look and judge; changes nothing
  tourniquet run PLAYBOOK HOST…        run a playbook, asking before each change
  tourniquet resume --case DIR         go on after a crash or a lost link
  tourniquet undo --case DIR           put changes back, newest first
  tourniquet export --case DIR -o F    write a signed evidence bundle
  tourniquet verify FILE               check a bundle
  tourniquet report --case DIR -o F    write the report as one HTML page
  tourniquet lint FILE…                check playbooks
  tourniquet playbooks                 list the playbooks that ship
  tourniquet start                     the workbench, in the best window there is
  tourniquet serve                     the workbench, as a page on this machine

HOST is [user@]host[:port]; ~/.ssh/config and ~/.ssh/known_hosts are respected.
Everywhere: --json (one event a line), --lang en|zh-CN.
Exit: 0 done and clean, 1 error, 2 usage, 3 hostile remains, 4 approval missing,
      5 host not reached, 6 unknown.        More: tourniquet help COMMAND
`,
  'zh-CN': `Tourniquet（止血）经由 SSH 在 Linux 主机上发现并清除挖矿木马：
每次改动之前先固定证据，每次改动之后都可撤销。

  tourniquet triage 主机…              只检查与研判，不做任何改动
  tourniquet run 剧本 主机…            执行剧本，每次改动前都会询问
  tourniquet resume --case 目录        崩溃或断线后继续
  tourniquet undo --case 目录          撤销改动，从最近的开始
  tourniquet export --case 目录 -o 文件  导出签名的证据包
  tourniquet verify 文件               校验证据包
  tourniquet report --case 目录 -o 文件  导出单页 HTML 报告
  tourniquet lint 文件…                检查剧本
  tourniquet playbooks                 列出自带剧本
  tourniquet start                     打开工作台，自动选择窗口形式
  tourniquet serve                     在本机以网页形式打开工作台

主机写作 [用户@]主机[:端口]；会读取 ~/.ssh/config 与 ~/.ssh/known_hosts。
通用选项：--json（每行一个事件）、--lang en|zh-CN。
退出码：0 完成且无恶意残留，1 出错，2 用法错误，3 仍有恶意项，4 缺少批准，
        5 无法连接主机，6 未知。          详情：tourniquet help 命令
`,
}

const reaching: Text = {
  en: `Reaching a host
  -i KEY                     private key         -J [user@]jump[:port],…
  -F FILE                    ssh_config (none to ignore)          -p PORT
  --known-hosts FILE         pinned host keys    --trust-new   pin a first-seen key
  --host-key SHA256:…        the one key accepted
  --password-env VAR         --key-passphrase-env VAR     secrets come from the
  --sudo                     --sudo-password-env VAR      environment only
  --legacy-algorithms        for very old hosts; recorded with the case
  --no-host-view             never run the host's own ps
  --indicators FILE          more pools, addresses and hashes to look for
`,
  'zh-CN': `连接主机
  -i 私钥                    -J [用户@]跳板[:端口],…
  -F 文件                    ssh_config（none 表示忽略）            -p 端口
  --known-hosts 文件         已固定的主机密钥    --trust-new   固定首次见到的密钥
  --host-key SHA256:…        只接受这一把密钥
  --password-env 变量        --key-passphrase-env 变量    机密只从环境变量读取
  --sudo                     --sudo-password-env 变量
  --legacy-algorithms        用于很旧的主机；会记入案件
  --no-host-view             不运行主机自己的 ps
  --indicators 文件          追加矿池、地址与哈希指标
`,
}

const casing: Text = {
  en: `The case
  --case DIR                 use or make this case; default: a new one of your own
  --case-number N            --customer NAME          --authority WHO-ALLOWED-IT
  --time-zone Asia/Shanghai  --examiner NAME          --take-over REASON
`,
  'zh-CN': `案件
  --case 目录                使用或新建该案件；缺省时新建在个人数据目录
  --case-number 编号         --customer 客户          --authority 授权依据
  --time-zone Asia/Shanghai  --examiner 姓名          --take-over 原因
`,
}

const topics: Readonly<Record<CommandName, { readonly usage: Text; readonly parts: readonly Text[] }>> = {
  triage: {
    usage: {
      en: 'tourniquet triage HOST…\nLooks at hosts side by side and says what is wrong, with scores and reasons.\nWrites nothing to their disks.\n',
      'zh-CN': 'tourniquet triage 主机…\n并行检查主机，给出评分与理由；不向主机磁盘写入任何内容。\n',
    },
    parts: [reaching, casing],
  },
  run: {
    usage: {
      en: `tourniquet run PLAYBOOK HOST…
  --approve ask|all          ask for each plan (default), or approve all beforehand
  --attest STEP=TEXT         answer a human step; all=TEXT answers every one
  --param NAME=VALUE         --plan-only               show plans, change nothing
  --dead-man DURATION        schedulers resume by themselves after this silence
                             (default 4h)
  --packages DIR             packages (.deb) to put replaced programs back from;
                             with a Packages index beside them they are proven
PLAYBOOK is the id of one that ships (see tourniquet playbooks) or a file.
`,
      'zh-CN': `tourniquet run 剧本 主机…
  --approve ask|all          逐个方案询问（缺省），或事先全部批准
  --attest 步骤=文字         回答人工步骤；all=文字 回答所有人工步骤
  --param 名称=值            --plan-only               只显示方案，不做改动
  --dead-man 时长            失联超过此时长后，主机自行恢复调度器（缺省 4h）
  --packages 目录            用于恢复被替换程序的软件包（.deb）；
                             同目录有 Packages 索引时视为已证实
剧本为自带剧本的 id（见 tourniquet playbooks）或文件路径。
`,
    },
    parts: [reaching, casing],
  },
  resume: {
    usage: {
      en: 'tourniquet resume --case DIR [HOST…]\nGoes on with the run that was interrupted. No act is ever done twice.\nTakes --approve, --attest, --dead-man and --packages as run does.\n',
      'zh-CN':
        'tourniquet resume --case 目录 [主机…]\n继续被中断的运行；任何操作都不会重复执行。\n选项 --approve、--attest、--dead-man、--packages 与 run 相同。\n',
    },
    parts: [reaching, casing],
  },
  undo: {
    usage: {
      en: `tourniquet undo --case DIR
  --host H   --run R   --step S     only these changes
  --restore-hostile                 also what was judged hostile: this can bring
                                    the miner back
`,
      'zh-CN': `tourniquet undo --case 目录
  --host 主机   --run 运行   --step 步骤     只撤销这些改动
  --restore-hostile                 连同被判定为恶意的内容一起恢复：
                                    可能让挖矿木马卷土重来
`,
    },
    parts: [reaching, casing],
  },
  export: {
    usage: {
      en: `tourniquet export --case DIR --out FILE.zip
  --sign-key FILE|agent      sign as a person; without it the case's own key signs
  --export-id ID             --include-secrets         keep environments and shadow
`,
      'zh-CN': `tourniquet export --case 目录 --out 文件.zip
  --sign-key 文件|agent      以个人密钥签名；缺省使用案件自己的密钥
  --export-id 编号           --include-secrets         保留环境变量与 shadow
`,
    },
    parts: [casing],
  },
  verify: {
    usage: {
      en: 'tourniquet verify FILE.zip [--signer SHA256:…]\nChecks structure, every digest, journals and signature. Without --signer the\nanswer is: intact, signer unproven.\n',
      'zh-CN':
        'tourniquet verify 文件.zip [--signer SHA256:…]\n校验结构、全部摘要、日志与签名；不给出 --signer 时，结论为“完整，签名者未证实”。\n',
    },
    parts: [],
  },
  report: {
    usage: {
      en: 'tourniquet report --case DIR --out FILE.html\n',
      'zh-CN': 'tourniquet report --case 目录 --out 文件.html\n',
    },
    parts: [],
  },
  lint: {
    usage: {
      en: 'tourniquet lint FILE…\nEvery mistake with file, line, column and what was expected. Exit 2 if any.\n',
      'zh-CN': 'tourniquet lint 文件…\n逐条给出文件、行、列与期望值；有问题时退出码为 2。\n',
    },
    parts: [],
  },
  serve: {
    usage: {
      en: `tourniquet serve [--port N]
Serves the workbench on 127.0.0.1 (default port 7477) until Ctrl-C, and prints
one URL that lets one page in; Enter prints a new one. The port is fixed because
a browser keeps the evidence locker by host and port. Everyone with an account on
this machine can reach the port: the URL is the only key.
`,
      'zh-CN': `tourniquet serve [--port 端口]
在 127.0.0.1（缺省端口 7477）上提供工作台，直到 Ctrl-C；打印一个只供一个页面
使用一次的网址，按回车可换新。端口固定，因为浏览器按主机与端口保存证据柜。
本机的任何用户都能访问该端口：网址是唯一的钥匙。
`,
    },
    parts: [],
  },
  start: {
    usage: {
      en: `tourniquet start [--no-window] [--port N]
Opens the workbench: the desktop window where Electron is there or can be had,
else served mode in a browser's app window, else served mode and a link to open.
Says which and why. --no-window only prints the link.
`,
      'zh-CN': `tourniquet start [--no-window] [--port 端口]
打开工作台：有（或能获取）Electron 时打开桌面窗口，否则在浏览器的应用窗口中打开，
再不行则只打印链接，并说明原因。--no-window 只打印链接。
`,
    },
    parts: [],
  },
  playbooks: {
    usage: { en: 'tourniquet playbooks\n', 'zh-CN': 'tourniquet playbooks\n' },
    parts: [],
  },
}

/** Help on one command, or the overview. */
export function helpText(topic: CommandName | null, lang: Language): string {
  if (topic === null) return overview[lang]
  const { usage, parts } = topics[topic]
  return [usage[lang], ...parts.map((part) => part[lang])].join('\n')
}
