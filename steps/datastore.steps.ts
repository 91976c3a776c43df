import { Then, When } from '@cucumber/cucumber';
import { capacityIsReal, listedAsRsyncBackup, templateHasNotDrifted, templateNamesServer } from '../support/checks/datastore.ts';
import { registeredFromTemplate } from '../support/checks/registration.ts';
import { roomForEveryBackup } from '../support/checks/room.ts';
import { noBackupIsStuck } from '../support/checks/schedules.ts';
import { asking, judging } from '../support/run/world.ts';

When('the datastore is registered from its template file, unless it is already', asking('registration'));
When('OpenNebula lists its datastores', asking());
When('the template that OpenNebula has saved is read', asking());
When('OpenNebula lists the scheduled backups of all VMs', asking('schedules'));
When("OpenNebula's figures for the datastore are compared with the backup server's own", asking('server'));
When("OpenNebula's free space, limits and quotas are compared with the disks of each VM", asking('quotas'));

Then('OpenNebula has it saved as declared, and reaches the backup server', judging(registeredFromTemplate));
Then('the declared one is there with TYPE bck, DS rsync, TM -, STAT on', judging(listedAsRsyncBackup));
Then('it names the declared user and server', judging(templateNamesServer));
Then(
  'every attribute that steers the driver is as declared, limits are whole numbers, and rsync accepts its options and copies with them',
  judging(templateHasNotDrifted),
);
Then('the figures describe the same file system, as it is now', judging(capacityIsReal));
Then('none to this datastore is rejected for good, and none is overdue', judging(noBackupIsStuck));
Then('OpenNebula would start a backup of each one', judging(roomForEveryBackup));
