import { Given, Then, When } from '@cucumber/cucumber';
import {
  backupCompletes,
  backupIsScheduled,
  chainIsFlattened,
  filesAreSound,
  nothingIsLeft,
  restoredEqualsBackup,
  storageTakesFiles,
} from '../support/checks/drill.ts';
import type { ComplianceWorld } from '../support/run/world.ts';

async function testBackup(this: ComplianceWorld) {
  await this.drill('backup');
}

When('RSYNC_USER makes a small file in storage, renames it and deletes it', async function (this: ComplianceWorld) {
  await this.drill('probe');
});

Given('a backup of the test virtual machine is scheduled for now', testBackup);
Given('the test backup has completed', testBackup);
When('it has ended, or its deadline has passed', testBackup);

When('its files are examined on the backup server', async function (this: ComplianceWorld) {
  await this.drill('files');
});

When('the test virtual machine is backed up again until its chain is flattened', async function (this: ComplianceWorld) {
  await this.drill('chain');
});

When('it is restored into the declared image datastore', async function (this: ComplianceWorld) {
  await this.drill('chain');
  await this.drill('restore');
});

When('all that the drill made is removed', async function (this: ComplianceWorld) {
  await this.drill('cleanUp');
});

Then('the backup server allows each of these steps', function (this: ComplianceWorld) {
  return this.judge(storageTakesFiles(this.audited, this.drilled.probe));
});

Then("OpenNebula's scheduler takes it up", function (this: ComplianceWorld) {
  return this.judge(backupIsScheduled(this.audited, this.drilled.backup));
});

Then('OpenNebula holds a backup image of that virtual machine, made since then', function (this: ComplianceWorld) {
  return this.judge(backupCompletes(this.audited, this.drilled.backup));
});

Then('each disk is there and sound, and the description is that of the test virtual machine', function (this: ComplianceWorld) {
  return this.judge(filesAreSound(this.audited, this.drilled.backup, this.drilled.files));
});

Then('every increment came about, and what the chain was merged into is sound', function (this: ComplianceWorld) {
  return this.judge(chainIsFlattened(this.audited, this.drilled.backup, this.drilled.chain));
});

Then('each restored disk equals the one on the backup server', function (this: ComplianceWorld) {
  const chain = chainIsFlattened(this.audited, this.drilled.backup, this.drilled.chain);
  return this.judge(restoredEqualsBackup(this.audited, this.drilled.backup, chain, this.drilled.restore));
});

Then('nothing of it is found, in OpenNebula, on the front-end, or on the backup server', function (this: ComplianceWorld) {
  return this.judge(nothingIsLeft(this.audited, this.drilled.cleanUp));
});
