/** Logs of VMs, made comparable: without the moment, the machine's own numbers, and the tools' versions. */

const BASE64 = /^((?:\w+: )?(?:echo "|\+ echo ')?)[A-Za-z0-9+/=]{60}$/;

/** The entries of a log, such as `[VMM][I]: mkdir -p /var/lib/one/datastores/100/0/HEX/`. */
export function entries(log: string): string[] {
  const kept: string[] = [];
  let inXml = false;
  for (const line of log.trimEnd().split('\n')) {
    const [, head = '', content = ''] = /^\w+ \w+ +\d+ [\d:]+ \d+ \[Z0\](\[\w+\]\[\w\]): (.*)$/.exec(line) ?? [undefined, '?', line];
    const start = BASE64.exec(content)?.[1];
    // The VM itself has as many lines as it likes.
    if (start === undefined && inXml && /^(?:\w+: )?[A-Za-z0-9+/=]+$/.test(content)) continue;
    if (start !== undefined && !inXml) kept.push(`${head}: ${start}BASE64`);
    inXml = start !== undefined;
    // The shell traces the two sides of a pipe in either order.
    if (start === undefined && content !== '++ head -n 1') kept.push(`${head}: ${comparable(content)}`);
  }
  return kept;
}

function comparable(content: string): string {
  return (
    content
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
      .replace(/(datastores\/100\/\d+\/)[0-9a-f]{6}\b/g, '$1HEX')
      .replace(/(?:[A-Za-z0-9+/=]{60}(?:\\n)?)+[A-Za-z0-9+/=]*(?:\\n)?(?=\\n|"|'|$)/g, 'BASE64')
      .replace(/\+\+ head -n 1(\\n)?/g, '')
      // How long the script is depends on the VM in it.
      .replace(/bash: line \d{2,}:/g, 'bash: line N:')
      .replace(/BKSIZE='\d+\t/g, "BKSIZE='SIZE\t")
      .replace(/(disk\.\d+\.)\d+/g, '$1N')
      // Whether rsync learns how its ssh ended, before it gives up on the connection, is a matter of moments.
      .replace(/(unexplained error|remote command not found|error in rsync protocol data stream) \(code (255|127|12)\)/g, 'connection lost')
      .replace(/\.c\(\d+\) \[(\w+)=[\d.]+\]/g, '.c(LINE) [$1=VERSION]')
  );
}
