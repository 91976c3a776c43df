import { Then, When } from '@cucumber/cucumber';
import {
  capacityIsReal,
  listedAsRsyncBackup,
  noBackupIsStuck,
  templateHasNotDrifted,
  templateNamesServer,
} from '../support/checks/datastore.ts';
import { registeredFromTemplate } from '../support/checks/registration.ts';
import type { ComplianceWorld } from '../support/run/world.ts';

async function askFrontend(this: ComplianceWorld) {
  await this.ask();
}

When('the datastore is registered from its template file, unless it is already', async function (this: ComplianceWorld) {
  await this.register();
});

When('OpenNebula lists its datastores', askFrontend);
When('the template that OpenNebula has saved is read', askFrontend);
When('OpenNebula lists the scheduled backups of all virtual machines', askFrontend);

When("OpenNebula's figures for the datastore are compared with the backup server's own", async function (this: ComplianceWorld) {
  await this.ask('server');
});

Then('OpenNebula has it saved as declared, and reaches the backup server', function (this: ComplianceWorld) {
  return this.judge(registeredFromTemplate(this.frontend, this.registration, this.site));
});

Then('the declared one is there with TYPE bck, DS rsync, TM -, STAT on', function (this: ComplianceWorld) {
  return this.judge(listedAsRsyncBackup(this.frontend, this.site));
});

Then('it names the declared account and the declared server', async function (this: ComplianceWorld) {
  await this.ask('server');
  // By another name than the declared one each machine may be led elsewhere; a recheck of the declared one need not ask them all.
  const isOther = this.server.savedHost !== undefined;
  if (isOther) await this.ask('hypervisors');
  return this.judge(templateNamesServer(this.frontend, this.server, isOther ? this.hypervisors : [], this.site));
});

Then('every attribute that steers the driver is as declared', function (this: ComplianceWorld) {
  return this.judge(templateHasNotDrifted(this.frontend, this.site));
});

Then('they tell of the same file system, as it is now', function (this: ComplianceWorld) {
  return this.judge(capacityIsReal(this.frontend, this.server, this.site));
});

Then('none to this datastore was rejected, and none is long overdue', function (this: ComplianceWorld) {
  return this.judge(noBackupIsStuck(this.frontend, this.site));
});
