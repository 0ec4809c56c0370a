// 中文词句。结构由英文文件决定：少一个键就无法通过编译。占位符与可省略部分的写法见 en.ts。

import { zhFindings } from './zh-cn-findings.ts'
import { zhCnEngine } from './zh-cn-engine.ts'
import { zhCnProblems } from './zh-cn-problems.ts'
import { zhCnShell } from './zh-cn-shell.ts'
import type { Words } from './en.ts'

export const zhCn: Words = {
  ...zhCnEngine,
  ...zhCnProblems,
  ...zhCnShell,
  error: {
    usage:
      '无法理解该命令[[：{what}]][[“{text}”]][[，应为 {expected}]][[（{detail}）]]。未执行任何操作。可用 `tourniquet --help` 查看命令。',
    'node-too-old': 'Node.js[[ {found}]] 版本过低[[，需要 {needed} 或更高版本]]。未执行任何操作。请升级后重试。',
    'file-unreadable':
      '无法读取文件[[ {file}]][[ {path}]][[：{detail}]][[（{code}）]]。未做任何更改。请检查路径和权限。',
    'playbook-invalid':
      '剧本[[ {file}]] 有错误[[，第 {line} 行]][[第 {column} 列]][[：{detail}]][[，应为 {expected}]]。未执行任何步骤。请修改后用 `tourniquet lint` 检查。',
    'playbook-lint':
      '剧本[[ {file}]] 格式正确，但不能安全执行[[（第 {line} 行）]][[：{detail}]]。未执行任何步骤。`tourniquet lint` 会逐条说明违反的规则。',
    'playbook-unknown':
      '没有名为[[ {id}]][[ {name}]] 的剧本。未执行任何步骤。可用 `tourniquet playbooks` 查看全部剧本。',
    'param-invalid':
      '参数不可接受[[：{param}]][[：{what}]][[ = {value}]][[（实际为 {found}）]][[，应为 {expected}]]。未向主机发送任何内容。请更正后重试。',
    'host-unresolvable':
      '主机名[[ {host}]] 无法解析[[：{detail}]]。未发送任何内容。请检查拼写和 DNS，或直接使用 IP 地址。',
    'host-unreachable':
      '无法连接主机[[ {host}]][[ 端口 {port}]][[：{detail}]]。未做任何更改。请检查网络、安全组和端口。',
    'host-timeout':
      '主机[[ {host}]][[ 端口 {port}]] 未在限定时间内响应[[（{stage}，{seconds} 秒）]][[（{what}）]][[：{detail}]]。未做任何更改。主机满负荷时可再试一次，否则请检查网络和安全组。',
    'host-not-ssh':
      '[[{host} ]][[端口 {port} ]]上响应的不是 SSH 服务[[：对方返回“{said}”]]。未尝试登录。请检查地址和端口。',
    'host-key-unknown':
      '主机[[ {host}]] 的主机密钥未知[[：{type}]][[ {sha256}]]。未出示任何口令或密钥。请先在主机控制台核对指纹，再使用 --host-key、--known-hosts 或 --trust-new。[[无法识别的行：{ignored}。]]',
    'host-key-changed':
      '主机[[ {host}]] 的主机密钥与记录不符[[：现为 {sha256}]][[，原为 {old}]]。未出示任何口令或密钥。可能是主机重装，也可能有人中间劫持，请查清后再继续。',
    'host-key-mismatch':
      '主机[[ {host}]] 的主机密钥不是指定的那一个[[：{sha256}，应为 {expected}]][[（已吊销，见 {revoked}）]]。未出示任何口令或密钥。请确认连接的是正确的主机。',
    'no-common-algorithm':
      '本工具与主机[[ {host}]] 没有共同的安全[[ {kind}]] 算法。未做任何更改。老旧主机需要单独为其启用旧算法。',
    'auth-refused':
      '主机[[ {host}]] 拒绝了登录[[（用户 {user}）]][[；已尝试：{tried}]][[；对方接受：{allowed}]][[（{detail}）]][[；{notes}]]。未做任何更改。请检查账号和密钥，并确认它们是否被入侵者改动。',
    'auth-key-unreadable': '私钥[[ {file}]] 无法使用[[：{detail}]]。未用其尝试登录。请检查路径、权限和格式。',
    'auth-key-passphrase':
      '私钥[[ {file}]] 需要口令，或所给口令有误。未用其尝试登录。请用 --key-passphrase-env 指定保存口令的环境变量。',
    'auth-agent-unavailable': '无法使用 SSH 代理[[：{detail}]][[：{why}]]。未尝试登录。请启动代理，或用 -i 指定密钥。',
    'auth-password-missing':
      '主机[[ {host}]] 要求密码，但未提供。未用密码尝试登录。请用 --password-env 指定保存密码的环境变量。',
    'jump-failed':
      '跳板机[[ {hop}]] 无法转发连接[[：{inner}]][[（{detail}）]]。后面的主机未受任何影响。请检查跳板机是否允许转发。',
    'sudo-refused':
      '该账号无法通过 sudo 取得 root 权限[[（{detail}）]]。未做任何更改。请检查密码和 sudo 规则，或直接以 root 登录。',
    'sudo-password-missing': 'sudo 要求密码，但未提供。未做任何更改。请用 --sudo-password-env 指定保存密码的环境变量。',
    'login-not-proven':
      '未能证明可以再次登录[[（{inner}）]][[：{detail}]]。相应的更改已撤回或未开始，当前会话保持连接。请先查明新登录失败的原因，再更改密钥。',
    'sudo-absent': '主机上没有 sudo。未做任何更改。请直接以 root 登录。',
    'link-lost':
      '与主机[[ {host}]] 的连接已断开[[（{reason}）]][[：{detail}]]。截至此刻的证据和日志均已保存在案件中，任何操作都不会被盲目重复。请重新连接后继续；命令行下请使用 `tourniquet resume --case DIR`。',
    'host-flooded':
      '主机发来的数据远超请求，连接已切断[[（{what}）]][[（上限 {limit} 字节）]]。已收到的内容已保留。请重试；若反复出现，主机的登录 shell 或 SSH 服务可能已被动手脚。',
    'arch-unsupported': '没有适用于该机型的工具箱[[（{arch}）]]。未向主机写入任何内容。当前版本无法处理此主机。',
    'no-place-for-toolbox':
      '主机上没有可存放并运行工具箱的目录[[（{detail}）]]。未留下任何文件。请腾出空间，或允许 /run、/dev/shm、/tmp、/var/tmp、主目录之一执行程序。',
    'toolbox-damaged':
      '工具箱与我方原件不一致[[：{what}]][[{tool}]][[（{detail}）]]。未用其执行任何操作。若是主机上的副本受损，应视为主机正被主动篡改；若是本机的副本受损，请重新安装。',
    'shell-unusable':
      '主机登录后得不到可用的 shell[[：{detail}]]。其输出已作为证据保留。请检查该账号的 shell 及其启动文件。',
    'not-linux': '该主机不是 Linux[[，而是 {system}]]。未做任何更改。目前只能处理 Linux 主机。',
    'frame-garbled':
      '主机的应答无法解读[[：{detail}]]。连接已关闭，已收到的内容已保留。请恢复案件继续；若反复出现，说明主机上有东西在干扰。',
    'request-too-large':
      '请求过大，无法发送[[：{what}]][[ {size}]][[（上限 {limit}）]]。未发送任何内容。这是本工具的缺陷，请附上日志反馈。',
    'request-timeout':
      '主机未在限定时间内完成[[：{what}]][[ {path}]]。已得到的应答已保留，其余记为未知。请在主机空闲些时重试。',
    cancelled: '已按要求停止。此前所做的一切都在日志中，可以继续，也可以撤销。',
    'case-missing': '[[{path} ]]处没有案件。未执行任何操作。请检查 --case 指定的目录。',
    'case-exists': '[[{path} ]]处已有案件，未作改动。请换一个目录，或用 `tourniquet resume` 继续。',
    'case-locked':
      '案件[[ {path}]] 不可写入[[（{reason}）]][[：{host} 上的进程 {pid}]][[，自 {since} 起]]。未写入任何内容。请关闭另一个会话。本机崩溃遗留的占用会自动接管；副本或其他机器遗留的占用需说明原因后接管：在页面打开该案件时接管，或使用 --take-over。',
    'case-version': '案件[[ {path}]] 由其他版本写成[[（{version}）]]。未作任何改动。请用该版本或更新的版本打开。',
    'case-key-missing':
      '本机没有该案件的密钥[[（{path}）]][[：{why}]]。证据完好，但无法解封。请取得开案人员的密钥文件或钥匙串条目。',
    'journal-broken':
      '日志不完整[[：{file}]][[ 第 {line} 行]][[：{why}]][[ {what}]]。未向其追加内容，也未触碰任何主机。请原样保留该目录，并用副本校验。',
    'exhibit-damaged':
      '有一份证据已损坏[[：{sha256}]][[ {path}]][[（{where}）]]。案件其余部分未受影响。请从证据包或备份恢复，或趁主机上仍有原件时重新采集。',
    'exhibit-mismatch':
      '收到的内容与主机上计算的摘要不符[[：{what}]][[（主机 {host}，本机 {here}）]]。该份证据已拒收，没有操作以其为依据。请重新读取；若反复出现，说明文件在读取时变化，或主机在说谎。',
    'disk-full':
      '本机磁盘已满[[（{path}）]]。证据未落盘就不会执行任何操作，因此已停止，没有丢失内容。请腾出空间后继续。',
    'host-disk-full':
      '主机上没有空间存放所发送的内容[[（{what}）]]。该请求没有执行，也未因此做任何更改。请在主机上腾出空间后继续。',
    'disk-error': '本机无法写入[[ {path}]][[（{code}）]]。证据未落盘就不会执行任何操作，因此已停止。请排除故障后继续。',
    'approval-missing':
      '[[{step} 的]]计划尚待批准。未因此做任何更改。请审阅后用 `tourniquet resume --approve all` 继续，或在终端中作答。',
    'attestation-missing':
      '步骤[[ {step}]] 需要人工确认，但未提供。其后的步骤均未执行。请用 `tourniquet resume --attest {name}=说明` 继续，或在终端中作答。',
    'plan-stale': '主机状态已与计划时不同[[：{what}]][[ {detail}]]。已批准的操作没有执行。请重新检查并批准新计划。',
    'evidence-missing':
      '某项操作所需的证据未能妥善保存[[：{what}]][[ {detail}]]。该操作没有执行。请查明读取失败的原因后重新运行该步骤。',
    'act-conflict':
      '主机上的对象在执行瞬间发生了变化[[：{what}]][[ {detail}]]。操作没有执行，也没有覆盖任何内容。请重新检查并批准新计划。',
    'undo-blocked': '暂时不能撤销[[：{what}]][[（{detail}）]]。未做任何更改。请先撤销同一对象上较新的更改。',
    'undo-hostile': '这会恢复已判定为恶意的内容[[：{what}]]。未做任何更改。若确实需要，请加上 --restore-hostile。',
    'run-missing': '案件中没有这次运行[[：{run}]]。未做任何更改。可用 `tourniquet report` 查看案件的各次运行。',
    internal: '本工具出现内部错误[[：{what}]]。此前的一切都在日志中。请附上日志反馈；可以放心继续案件。',
    'wire-closed':
      '页面与工作台失去联系[[：{detail}]]。主机上的一切都不依赖页面：正在执行的会继续，所有提问都会等待。请重新加载页面。',
    'wire-invalid':
      '页面与工作台互不理解[[：{what}]]。该消息已被拒绝，未做任何操作。请重新加载页面；若反复出现，说明两者版本不同。',
    'port-taken':
      '本机端口 {port} 已被占用[[（{detail}）]]。未启动任何服务。请停止占用它的程序，或用 --port 另选端口；已保存的证据柜属于原来的端口。',
    'case-not-open': '没有打开的案件。未做任何操作。请先打开或新建案件。',
    'host-not-connected': '主机[[ {host}]] 未连接。未做任何操作。请连接后重试。',
    'question-gone': '该提问已失效，或回答针对的是另一份方案。此回答未被采用。请查看当前的提问。',
    busy: '另有操作正在进行[[：{what}]]。未启动任何操作。请等它结束，或先停止它。',
    'not-supported': '当前运行方式无法执行该操作[[：{what}]]。未执行任何操作。请直接输入路径，或使用桌面程序。',
    'terminal-refused':
      '主机[[ {host}]] 未能打开终端[[：{detail}]]。未在其上输入任何内容。连接与检查清单不受影响；请重试，或检查该账号的登录 Shell。',
    'terminal-gone': '该终端已结束。最后输入的内容没有到达主机；录像已保存在案件中。请打开新的终端。',
    'upload-damaged': '上传[[ {name}]] 不完整[[：收到 {got} / {size} 字节]]。未保留任何内容。请重新选择文件。',
    'locker-full':
      '浏览器已没有空间存放证据柜[[：需要 {needed} 字节]][[，剩余 {free} 字节]]。没有丢失任何证据：案件文件夹保存了全部内容。请释放磁盘空间，然后让证据柜继续同步。',
    'locker-damaged':
      '浏览器中的证据柜已损坏[[：{what}]]。没有丢失任何证据：案件文件夹保存了全部内容。请从案件文件夹重建证据柜。',
    'practice-failed':
      '练习主机无法启动[[：{detail}]]。未更改练习环境以外的任何内容。它需要 Linux、root 权限和 systemd-nspawn。',
    'bundle-invalid': '证据包不完整[[：{file}]][[，{why}]]。请勿采信。请向提供方索取新副本并核对摘要。',
    'bundle-unsigned': '证据包没有可验证的签名[[：{why}]]。内容可能完好，但无法证明出自何人。请索取已签名的版本。',
    'sign-key-unusable': '签名密钥无法使用[[：{path}]][[（{why}）]]。未签名，也未导出。请用 --sign-key 指定其他密钥。',
  },
  verdict: {
    clean: '未发现异常',
    suspect: '可疑',
    infected: '已感染',
    'rebuild-advised': '建议重装',
    unknown: '无法判定',
  },
  'verdict-meaning': {
    clean: '挖矿木马可能藏身之处均已读取，未发现恶意内容。',
    suspect: '有需要人工确认的疑点，确认之前不应信任该主机。',
    infected: '发现恶意活动，已提出处置建议。',
    'rebuild-advised': '系统底层已被改动，清理无法证明其可靠，建议用可信镜像重装。',
    unknown: '未发现恶意内容，但有必要信息未能读取。这不等于干净。',
  },
  kind: {
    process: '进程',
    schedule: '计划任务',
    'scheduler-daemon': '调度服务',
    preload: '预加载库',
    file: '文件',
    mount: '挂载',
    socket: '网络连接',
    login: '登录',
    hijack: '视图劫持',
    unit: '服务单元',
    startup: '启动项',
    binary: '系统工具',
    key: 'SSH 密钥',
    account: '账户',
    sudo: 'sudo 规则',
    sshd: 'SSH 服务配置',
    pam: '登录规则（PAM）',
    name: '名称解析规则',
  },
  proposed: { yes: '建议处置', no: '不建议处置', unknown: '需人工判断' },
  probe: {
    machine: '主机概况',
    processes: '进程',
    sockets: '网络连接',
    schedulers: '计划任务',
    units: '服务与定时器',
    startup: '启动文件',
    preload: '预加载库',
    mounts: '挂载',
    files: '文件',
    logins: '登录记录',
    binaries: '系统程序',
    keys: 'SSH 密钥',
    accounts: '账户与登录配置',
    names: '域名解析',
    '*': '整台主机',
    'dead-man': '调度器的暂停',
    capture: '证据',
    'capture-changed': '证据',
    'capture-optional': '可缺少的证据',
  },
  effect: { raises: '加分', caps: '抑制', decides: '定性', note: '备注' },
  advice: {
    process: '不要先杀进程，否则守护程序会立即拉起。应先冻结整组进程、暂停调度、固定证据、清除启动项，最后再终止。',
    schedule: '先暂停调度服务，保留原文件，只移除这一条；客户自己的任务保持不变。同时追查该条目的来源。',
    'scheduler-daemon': '清理期间暂停，完成后恢复：备份和证书续期等任务必须照常运行。',
    preload: '先移除配置行，再处理库文件；若先删库文件，所有程序都会报错。长期运行的服务在重启前仍会加载该库。',
    file: '隔离而不是删除：文件本身是证据，误判时也能恢复。',
    mount: '记录后卸载，被遮盖的内容即可重新看到。',
    socket: '没有可见进程持有该连接。请与按进程号找到的进程比对；也可能是内核模块隐藏了持有者。',
    login: '请与主机负责人确认该登录。若非本人，这可能就是入侵途径，结案前必须封堵。',
    hijack: '不要相信主机自带的工具，以本工具箱读取的结果为准，并排查预加载库和内核模块。',
    unit: '不要用主机自带的命令停止它：停止钩子由攻击者控制。应先冻结其进程，移走单元文件及其链接，最后再终止。',
    startup: '保留原文件，只移除这一条；否则下次开机或登录时还会运行。',
    binary: '用可信软件包中的原文件恢复；恢复之前不要在该主机上使用此工具。',
    key: '请向主机负责人确认密钥归属。确认不用它也能再次登录之后才可移除。',
    account:
      '请与主机负责人确认是否需要该账户。若不需要：结束其会话，锁定账户及其密钥，再检查其文件。请在干净的电脑上修改密码。',
    sudo: '请与主机负责人确认是否需要该授权。若不需要，待账户清理后用 visudo 移除。',
    sshd: '与负责人认可的配置比对。重载前用 sshd -t 检查，并保持一个会话不断开。',
    pam: '被改动的登录规则可能放行任何人或记录密码。请与软件包比对，并考虑重装主机。',
    name: '与负责人使用的名称比对。下载任何东西之前，先恢复更新源、安全代理与域名服务器。',
  },
  process: {
    miner: '挖矿进程：{name}（进程号 {pid}）',
    'intruder-session': '入侵者的在线会话：{name}（进程号 {pid}）',
    hidden: '隐藏进程：{name}（进程号 {pid}）',
    disguised: '伪装进程：{name}（进程号 {pid}）',
    suspicious: '可疑进程：{name}（进程号 {pid}）',
  },
  schedule: {
    'fetches-and-runs': '{path}[[:{line}]] 下载代码并执行',
    'starts-hostile': '{path}[[:{line}]] 会启动恶意程序',
    environment: '{path}[[:{line}]] 改变其后任务的环境变量',
    binary: '{path} 是含二进制内容的 crontab',
    suspicious: '{path}[[:{line}]] 中有可疑任务',
  },
  preload: {
    hijack: '{path}[[:{line}]] 把 {library} 加载到每个程序',
    suspicious: '{path}[[:{line}]] 加载 {library}，值得核查',
  },
  file: { payload: '恶意程序文件 {path}', library: '劫持库 {path}' },
  mount: { 'over-process': '{point} 上的挂载隐藏了一个进程', 'over-system': '{point} 上有挂载' },
  socket: {
    pool: '连接矿池但看不到所属进程：{address}:{port}',
    ownerless: '看不到所属进程的连接：{address}:{port}',
  },
  login: {
    'failed-burst': '{from} 以 {user} 登录失败 {count} 次',
    'accepted-after-burst': '{from} 在多次失败后以 {user} 登录成功',
  },
  hijack: { 'hides-processes': '主机自身的视图缺少 {count} 个进程' },
  ...zhFindings,
  'scheduler-daemon': { runs: '调度服务 {name}（进程号 {pid}）' },
}
