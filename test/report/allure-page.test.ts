import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, offline } from '../../support/report/allure-page.ts';
import { requirement, verdictFile } from '../told.ts';

const page = (inside: string) => `<!doctype html>\n<html><head><title>x</title>${inside}</head><body></body></html>`;
const analytics =
  '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script><script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag("js",new Date());gtag("config","G-1")</script>';

test('Allure’s analytics are cut out, all else stays, and a policy stands first', () => {
  const html = offline(page(`${analytics}<script>app()</script>`)).join('');
  assert.doesNotMatch(html, /gtag|google/);
  const policy = /<head>\n<meta http-equiv="Content-Security-Policy" content="(default-src 'none';[^"]*)"><title>x<\/title><script>app\(\)/;
  assert.doesNotMatch(policy.exec(html)?.[1] ?? 'https:', /https?:|\*/);
  assert.ok(html.endsWith('<body></body></html>'), html);
});

for (const [what, inside] of Object.entries({
  'a script': '<script type="module" src="https://cdn.example/x.js"',
  'a style': '<link rel="stylesheet" href="https://cdn.example/x.css">',
  'an image': '<img src="http://x.example/x.png">',
  'a frame': '<iframe src="https://x.example/"></iframe>',
  'an image, once the analytics in its midst are cut out': `<img ${analytics} src="https://x.example/x.png">`,
  'what is left of the analytics': '<script>fetch("https://www.googletagmanager.com/x")</script>',
}))
  test(`refused: ${what} from elsewhere`, () => assert.throws(() => offline(page(inside)), /ask something of the network/));

test('links a person may follow stay; a page without a head, where the policy has no place, is refused', () => {
  assert.match(offline(page('<a href="https://docs.opennebula.io/">x</a>')).join(''), /docs\.opennebula\.io/);
  assert.throws(() => offline('<html><body></body></html>'));
});

test('the title says what was looked at, and what it came to', () => {
  const titled = (...given: Parameters<typeof verdictFile>) =>
    heading(verdictFile(...given), { name: 'rsync Backups', rsync_host: 'backup01' } as Parameters<typeof heading>[1]);
  const { title, variables } = titled([requirement('waived'), requirement('met')], { waiverNotes: ['One.', 'Two.'] });
  assert.equal(title, 'COMPLIANT: production');
  assert.deepEqual(variables, {
    ...{ Verdict: 'compliant, 1 waived', Waivers: 'One. Two.', Date: '2026-11-23 09:10:00 UTC', Cloud: 'production', OpenNebula: '7.4.0' },
    ...{ Profile: 'audit', 'Front-end': 'frontend01.example.net', 'Backup server': 'backup01', Datastore: 'rsync Backups' },
    ...{ Suite: '0.1.0', Run: '2026-11-23T09-10-00Z-1f3a' },
  });
  const unmet = { 'BDS-102': 'not-met' } as const;
  assert.equal(titled(unmet, { profile: 'setup' }).title, 'SET-UP ONLY, NOT COMPLIANT: production');
  assert.equal(titled(unmet, { onlyRequirements: ['BDS-102'] }).title, 'BDS-102 ONLY, NOT COMPLIANT: production');
  const only = { onlyRequirements: ['BDS-102'], onlySubject: 'kvm01' };
  assert.equal(titled(unmet, only).title, 'BDS-102 on kvm01 ONLY, NOT COMPLIANT: production');
});
