import { Then, When } from '@cucumber/cucumber';
import { frontendLogsIn, loginIsQuiet } from '../support/checks/access.ts';
import { qemuImgOnBackupServer, rsyncOnBackupServer } from '../support/checks/programs.ts';
import { serverHasSpace, storageBelongsToUser, storageIsMounted } from '../support/checks/storage.ts';
import type { ComplianceWorld } from '../support/run/world.ts';

async function askBackupServer(this: ComplianceWorld) {
  await this.ask('server');
}

When('the front-end logs in to the backup server the way the rsync driver does', askBackupServer);
When('rsync is asked for its version on the backup server', askBackupServer);
When('qemu-img is asked for its version on the backup server', askBackupServer);
When('the storage directory is looked at on the backup server', askBackupServer);
When('the backup server is asked for its free space', askBackupServer);

Then('the backup server lets it in, and asks for no password', function (this: ComplianceWorld) {
  return this.judge(frontendLogsIn(this.frontend, this.server, this.site));
});

Then('nothing is printed but what was asked for', async function (this: ComplianceWorld) {
  await this.ask('hypervisors');
  return this.judge(loginIsQuiet(this.frontend, this.server, this.hypervisors, this.site));
});

Then('it answers with a version that the driver can work with', function (this: ComplianceWorld) {
  return this.judge(rsyncOnBackupServer(this.frontend, this.server, this.site));
});

Then('qemu-img answers with a version that the driver can work with', function (this: ComplianceWorld) {
  return this.judge(qemuImgOnBackupServer(this.frontend, this.server, this.site));
});

Then('it is a directory of RSYNC_USER, who may write to it; accounts outside its group may not', function (this: ComplianceWorld) {
  return this.judge(storageBelongsToUser(this.frontend, this.server, this.site));
});

Then('it does not lie on the root file system', function (this: ComplianceWorld) {
  return this.judge(storageIsMounted(this.frontend, this.server, this.site));
});

Then('there is enough in storage, and where increments are put together', function (this: ComplianceWorld) {
  return this.judge(serverHasSpace(this.frontend, this.server, this.site));
});
