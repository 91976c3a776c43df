/** What the documents say to type, where it is tried, and what is to come of it. */
import type { Place } from './places.ts';

/** One command. */
interface Expected {
  /** Zero, unless told otherwise. */
  readonly exitCode?: number;
  /** Typed instead, where a name is to be put in; or since it takes a file that is needed as it is. */
  readonly as?: string;
  /** Why it is not run, or not whole: then `as` is what is run of it. */
  readonly not?: string;
  readonly prints?: RegExp;
}

interface Where {
  readonly where: Place;
  /** Below the folder that all places see, unless it begins with a slash. The fresh clone is in `checkout`. */
  readonly folder?: string;
  /** Whether Node.js 22 or newer is in PATH, as the text asks for. Otherwise it is the one that this machine has. */
  readonly newerNode?: boolean;
  /** True once all was typed. */
  readonly holds?: string;
}

export interface Trial extends Where {
  /** How the block's first line begins. */
  readonly block: string;
  /** What a reader has done by then. */
  readonly before?: string;
  /** Of lines that begin so. `at`: typed elsewhere. */
  readonly lines?: readonly (Expected & { readonly line: string; readonly at?: Place })[];
}

/** A command in the text. */
export interface TextTrial extends Expected, Where {}

/** Audits of one cloud that pass for those of several, each in a reports folder of its own. */
const auditsOf = (folder: string, ...names: string[]) =>
  `for name in ${names.join(' ')}; do mkdir -p ${folder}/$name; sed "s/^name: .*/name: $name/" site.yaml > ${folder}/$name/site.yaml
   bin/backup-compliance audit --site ${folder}/$name/site.yaml --reports ${folder}/$name${folder === '.' ? '/reports' : ''}; done`;

export const blocks: readonly Trial[] = [
  {
    block: 'npm ci && npm run demo',
    where: 'here',
    lines: [
      { line: 'npm ci &&', prints: /^COMPLIANT .*\n\d+ met, 0 not met/m },
      { line: 'npm cit', not: 'all tests: run by themselves' },
    ],
    holds: `grep -q '"verdict": "compliant"' reports/latest/verdict.json && cp -r "$(npm config get cache)" ../npm`,
  },
  {
    block: 'npm ci',
    where: 'frontend',
    before: 'rm -rf reports/*-*',
    lines: [
      { line: 'npm ci', prints: /added \d+ packages/ },
      { line: 'bin/backup-compliance init', prints: /^Wrote / },
      { line: 'bin/backup-compliance audit', prints: /^COMPLIANT /m },
      { line: 'bin/backup-compliance gate --plan', prints: /^- restore that backup into/m },
      { line: 'bin/backup-compliance gate', prints: /^COMPLIANT .*\n\d+ met, 0 not met/m },
    ],
    holds: `grep -q '"profile": "gate"' reports/latest/verdict.json`,
  },
  {
    block: 'cp -n site.example.yaml site.yaml',
    where: 'bare frontend',
    before: 'rm site.yaml && ! onedatastore list | grep "rsync Backups"',
    lines: [
      { line: 'bin/backup-compliance setup --plan', prints: /ds_rsync_backup\.txt/ },
      { line: 'bin/backup-compliance setup ', prints: /created the datastore/ },
    ],
    holds: `onedatastore show 'rsync Backups' && ! bin/backup-compliance setup | grep "created the datastore"`,
  },
  {
    block: 'npm install ./opennebula-backup-compliance',
    where: 'here',
    folder: 'package',
    newerNode: true,
    before: 'mv ../checkout/*.tgz ../checkout/*.tar.gz . && cp ../checkout/site.yaml .',
    lines: [
      { line: 'npm install', prints: /^COMPLIANT .*\n\d+ met, 0 not met/m },
      { line: 'backup-compliance-', at: 'frontend', prints: /^COMPLIANT /m },
    ],
    holds: `grep -q '"profile": "audit"' reports/latest/verdict.json`,
  },
  {
    block: 'bin/backup-compliance explain BDS-102',
    where: 'frontend',
    lines: [
      { line: 'bin/backup-compliance explain', prints: /^BDS-102 {2}.*\n/ },
      { line: 'bin/backup-compliance audit --only', prints: /^BDS-102@kvm02 ONLY: COMPLIANT .*\n1 met/m },
    ],
  },
  {
    block: 'bin/backup-compliance audit -v',
    where: 'frontend',
    lines: [
      { line: 'bin/backup-compliance audit -v', prints: /^BDS-102 {2}met: /m },
      { line: 'bin/backup-compliance audit -q', prints: /^COMPLIANT; findings below critical do not count \(--fail-on\) \(exit 0\)\n$/ },
      { line: 'bin/backup-compliance check', prints: /^\.\/site\.yaml: OK\. / },
    ],
  },
  {
    block: 'bin/backup-compliance gate --plan --site /etc',
    where: 'systemd',
    folder: '/opt/opennebula-backup-compliance',
    before: `grep -q '^test_vm' /etc/backup-compliance/site.yaml || echo 'test_vm: { id: 0, name: backup-probe }' >> /etc/backup-compliance/site.yaml`,
    lines: [{ line: 'bin/', prints: /^- restore that backup into/m }],
  },
  {
    block: 'bin/backup-compliance status --site /etc',
    where: 'systemd',
    folder: '/opt/opennebula-backup-compliance',
    lines: [{ line: 'bin/', prints: /COMPLIANT/i }],
  },
  {
    block: 'bin/backup-compliance status',
    where: 'frontend',
    before: 'bin/backup-compliance audit',
    lines: [{ line: 'bin/', prints: /COMPLIANT/i }],
  },
  {
    block: 'bin/backup-compliance merge east/reports',
    where: 'frontend',
    before: auditsOf('.', 'east', 'west'),
    holds: '[ -e reports/merged/index.html ] && grep -q east reports/merged/verdict.json',
  },
  { block: 'bin/backup-compliance cleanup', where: 'frontend' },
  {
    block: 'source <(backup-compliance completion bash)',
    where: 'frontend',
    lines: [
      {
        line: 'source',
        as: 'source <(bin/backup-compliance completion bash); complete -p backup-compliance',
        prints: /_backup_compliance/,
      },
    ],
  },
  {
    block: 'npm run demo -- --break',
    where: 'here',
    lines: [
      { line: 'npm run demo -- --break', exitCode: 1, prints: /BDS-104 {2}NOT MET/ },
      { line: 'npm run demo', prints: /^COMPLIANT .*\n\d+ met, 0 not met/m },
      { line: 'npm run -s lab -- up  ', prints: /^The lab "lab" is up/ },
      { line: 'npm run -s lab -- faults', prints: /^noisy-bashrc-on-backup /m },
      { line: 'npm run -s lab -- run -- bin/backup-compliance audit', exitCode: 1, prints: /BDS-101 {2}NOT MET/ },
      // A shell for a person: on a terminal.
      {
        line: 'npm run -s lab -- shell',
        as: `printf 'hostname\\nexit\\n' | script -qec 'npm run -s lab -- shell kvm01' /dev/null`,
        prints: /^kvm01\.example\.net/m,
      },
      { line: 'npm run -s lab -- up --no-datastore', prints: /^The lab "lab" is up/ },
      { line: 'npm run -s lab -- run -- bin/backup-compliance setup', prints: /^SET-UP ONLY: COMPLIANT /m },
    ],
    holds: 'npm run -s lab -- down',
  },
  {
    block: 'bin/backup-compliance verify-evidence',
    where: 'frontend',
    before: `echo 'evidence: { sign_with: ~/.ssh/id_ed25519 }' >> site.yaml; bin/backup-compliance audit
      echo "auditor@example.net $(cut -d ' ' -f 1,2 ~/.ssh/id_ed25519.pub)" > allowed_signers`,
    lines: [{ line: 'bin/backup-compliance verify-evidence reports/latest --allowed', prints: /auditor@example\.net/ }],
    holds: `cp -rL reports/latest changed; echo >> changed/index.html
      bin/backup-compliance verify-evidence changed; code=$?; rm -r changed; [ $code = 1 ]`,
  },
  {
    block: 'sha256sum --strict -c',
    where: 'frontend',
    folder: 'checkout/reports/latest',
    before: 'cp ../../allowed_signers .',
    lines: [{ line: 'ssh-keygen', prints: /^Good .* signature for auditor@example\.net/ }],
  },
  {
    block: 'mkdir compliance',
    where: 'here',
    folder: 'own',
    newerNode: true,
    before: 'cp ../package/*.tgz .',
    lines: [{ line: 'node_modules/.bin/backup-compliance init', at: 'frontend', prints: /^Wrote / }],
  },
  {
    block: 'export BACKUP_COMPLIANCE_SITE',
    where: 'frontend',
    folder: 'own/compliance',
    newerNode: true,
    before: 'cp -r ../../checkout/examples/own-requirement/{cucumber.js,features,steps} .',
    lines: [
      { line: 'npx cucumber-js -p audit --tags', prints: /ONLY: COMPLIANT .*\n1 met/m },
      { line: 'npx cucumber-js -p audit ', prints: /^COMPLIANT /m },
    ],
  },
  {
    block: 'npm run catalogue',
    where: 'here',
    lines: [
      { line: 'node_modules/.bin/node', prints: /^# fail 0|^ℹ fail 0/m },
      {
        line: 'npm run verdicts -- size-limited',
        as: 'npm run verdicts -- jq-missing-on-backup',
        not: 'all worlds take more than half an hour',
        prints: /as expected {2}jq-missing-on-backup/,
      },
      { line: 'npm test', not: 'all tests: run by themselves' },
    ],
    holds: 'git diff --exit-code docs/catalogue.md',
  },
  {
    block: 'cp -r opennebula-backup-compliance /opt/',
    where: 'systemd',
    folder: '.',
    before: 'git clone -q checkout opennebula-backup-compliance',
    lines: [{ line: 'ln -s', not: 'that machine shares its /usr/local, which it may only read' }],
    holds: '[ -x /opt/opennebula-backup-compliance/node_modules/node/bin/node ]',
  },
  {
    block: 'install -d -o oneadmin',
    where: 'systemd',
    lines: [{ line: 'sudo -u oneadmin', prints: /^Wrote \/etc\/backup-compliance\/site\.yaml/ }],
  },
  {
    block: 'cp examples/backup-compliance.service',
    where: 'systemd',
    folder: '/opt/opennebula-backup-compliance',
    // A service of one shot is over once it has started, which status says with 3.
    lines: [
      { line: 'systemctl start', exitCode: 3, prints: /: COMPLIANT .*\n.*: \d+ met, 0 not met.*\n(.*\n)*.*: Deactivated successfully/ },
    ],
    holds: `[ "$(stat -c %U-%a /var/lib/backup-compliance/reports)" = oneadmin-750 ] &&
      grep -q '"verdict": "compliant"' /var/lib/backup-compliance/reports/latest/verdict.json &&
      systemctl is-active backup-compliance.timer && systemctl is-enabled backup-compliance.timer`,
  },
  {
    block: 'examples/audit-and-notify.sh /etc/backup-compliance/site.yaml',
    where: 'frontend',
    lines: [
      // Of a cloud that is compliant nobody is notified.
      { line: 'examples/', as: 'examples/audit-and-notify.sh site.yaml reports mail -s x operators@example.net', prints: /^$/ },
      { line: 'WEBHOOK_URL', as: 'examples/audit-and-notify.sh site.yaml reports examples/post-to-chat.sh', prints: /^$/ },
    ],
    holds: '[ -s reports/latest/summary.md ]',
  },
  {
    block: 'bin/backup-compliance merge /srv/reports',
    where: 'frontend',
    before: auditsOf('all', 'east', 'west', 'north'),
    // On that machine nobody may make a /srv.
    lines: [{ line: 'bin/', as: 'bin/backup-compliance merge all/east all/west all/north --reports all' }],
    holds: '[ -e all/merged/index.html ]',
  },
];

const LONG = 'takes long';
const CANARY = 'that cloud declares no canary; tests prove the hosts of one that does';

/** Commands in the text that no block has; those that a block has are tried there. */
export const inText: Readonly<Record<string, TextTrial>> = {
  'npm pack': { where: 'here', holds: '[ -e opennebula-backup-compliance-*.tgz ]' },
  'npm run archive': { where: 'here', holds: '[ -e backup-compliance-*-linux-x64.tar.gz ]' },
  'npm run verdicts': { where: 'here', not: 'all worlds take more than half an hour; one is tried' },
  'npm run interruptions': { where: 'here', not: LONG },
  'npm run mutation': { where: 'here', not: LONG },
  'npm run fuzz': { where: 'here', not: 'the unit tests, which are run by themselves' },
  'npm run bench': { where: 'here', not: 'up to 500 hypervisors take long', as: 'npm run bench -- hosts --hosts 1 --runs 1' },
  'npm run bench -- big': { where: 'here', not: LONG },
  'npm run try-package': { where: 'here', not: 'a try of its own' },
  'npm run try-docs': { where: 'here', not: 'it is this' },
  'npm run pictures': { where: 'here', not: 'needs Chromium, and writes pictures' },
  'backup-compliance audit': {
    where: 'frontend',
    folder: 'own/compliance',
    newerNode: true,
    as: 'node_modules/.bin/backup-compliance audit',
  },
  'backup-compliance audit --only BDS-103': {
    where: 'frontend',
    as: 'bin/backup-compliance audit --only BDS-103',
    prints: /ONLY: COMPLIANT .*\n1 met/m,
  },
  'backup-compliance check': { where: 'frontend', as: 'bin/backup-compliance check', prints: /: OK\. / },
  'backup-compliance explain ID': { where: 'frontend', as: 'bin/backup-compliance explain BDS-204', prints: /^BDS-204 {2}/ },
  'backup-compliance gate --all-hosts': { where: 'frontend', not: CANARY },
  'backup-compliance gate --only BDS-604@HOST': { where: 'frontend', not: CANARY },
  'ulimit -f': { where: 'frontend' },
  'ulimit -n 64': { where: 'frontend', as: 'ulimit -n 64; bin/backup-compliance audit', prints: /^COMPLIANT /m },
  'ssh-keygen -R NAME': {
    where: 'frontend',
    as: 'cp ~/.ssh/known_hosts . && ssh-keygen -R backup01.example.net; code=$?; mv known_hosts ~/.ssh/; exit $code',
  },
  'ssh-keygen -R': { where: 'frontend', not: 'tried with a name' },
  'systemctl status opennebula-ssh-agent': { where: 'systemd', folder: '/', prints: /Active: active/ },
  'systemctl start opennebula-ssh-agent': { where: 'systemd', folder: '/' },
  'systemctl --user': { where: 'systemd', not: 'named as what a check asks' },
  'systemctl start ssh': { where: 'systemd', not: 'the SSH servers of a lab are not started by systemd' },
};
