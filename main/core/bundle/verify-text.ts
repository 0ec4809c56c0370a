// VERIFY.md: how anyone checks a bundle by hand, in both languages, and what these checks do not show.

/** The text for one bundle. `print` is the signer's fingerprint, `kind` whose key it is. */
export function verifyText(folder: string, print: string, kind: 'person' | 'case'): string {
  const whose = {
    person: { en: "a person's key", zh: '个人密钥' },
    case: { en: 'a key made with the case; it is not a person', zh: '随案件生成的密钥，不代表任何人' },
  }[kind]
  return `# How to verify this bundle / 如何校验本证据包

## English

Needs only \`unzip\`, \`sha256sum\`, \`sha512sum\` and \`ssh-keygen\` (OpenSSH 8.2 or later).

    unzip BUNDLE.zip
    cd ${folder}
    sh verify.sh SHA256:…            # all of it; without the fingerprint: intact, signer unproven

Or by hand, if you would rather not run a script that came with the bundle:

    sha256sum -c tagmanifest-sha256.txt
    sha256sum -c manifest-sha256.txt
    sha512sum -c manifest-sha512.txt
    ssh-keygen -Y verify -f signatures/allowed_signers -I tourniquet-signer \\
      -n tourniquet-bundle -s signatures/tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt

This bundle says it is signed by ${print} (${whose.en}).

What that shows: no file of the bag was changed, added or removed since it was signed with that key.
What it does not show:

- who holds the key: get the fingerprint from that person by another way than this bundle, and compare;
- when it was signed: there is no time stamp of a third party in it; the times are those of the workbench and of the hosts;
- that the hosts told the truth: what was read on a compromised host is evidence of what it answered;
- the ZIP file around the bag, and the hash chains in \`data/journal\`: \`tourniquet verify\` checks those too.

Where to look: \`data/report.html\` (open in a browser; it runs no script), \`data/changes.json\` (every change made to a host and its undo),
\`data/gaps.json\` (what was not collected, and why), \`data/exhibits.json\` (the original names; files in \`data/exhibits\` are named by digest).
Exhibits may be live malware: do not open or run them outside an isolated machine.

## 中文

只需 \`unzip\`、\`sha256sum\`、\`sha512sum\` 与 \`ssh-keygen\`（OpenSSH 8.2 或更高）。

    unzip BUNDLE.zip
    cd ${folder}
    sh verify.sh SHA256:…            # 全部校验；不给指纹时结论为“完整，签名者未证实”

也可以不运行包内脚本，手工执行上面英文部分列出的四条命令。

本包声称由 ${print} 签名（${whose.zh}）。

能证明：自用该密钥签名以来，包内没有任何文件被修改、增加或删除。
不能证明：

- 密钥由谁持有：请通过本包以外的途径向对方取得指纹并比对；
- 签名时间：包内没有第三方时间戳，时间来自工作台与主机；
- 主机所言属实：在被入侵主机上读到的内容，只证明它当时如此作答；
- ZIP 文件结构以及 \`data/journal\` 中的哈希链：由 \`tourniquet verify\` 校验。

查阅入口：\`data/report.html\`（浏览器打开，不含脚本）、\`data/changes.json\`（对主机的每项变更及其撤销状态）、
\`data/gaps.json\`（未采集的内容及原因）、\`data/exhibits.json\`（原始名称；\`data/exhibits\` 下的文件以摘要命名）。
证物可能是活的恶意程序：请勿在隔离环境之外打开或运行。
`
}
