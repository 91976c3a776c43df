import { Given, Then, When } from '@cucumber/cucumber';
import { restoredVmStarts } from '../support/checks/boot.ts';
import {
  backupCompletes,
  backupIsScheduled,
  chainIsFlattened,
  filesAreSound,
  nothingIsLeft,
  restoredEqualsBackup,
  storageTakesFiles,
} from '../support/checks/gate.ts';
import { asking, judging } from '../support/run/world.ts';

When('RSYNC_USER writes a small file to storage, syncs, renames and deletes it', asking('probe'));
Given('a backup of the test VM is scheduled for now', asking('backup'));
Given('the test backup has completed', asking('backup'));
When('the backup has ended, or its deadline has passed', asking('backup'));
When('its files are checked on the backup server', asking('files'));
When('the test VM is backed up again until its chain is flattened', asking('chain'));
When('it is restored into the declared image datastore', asking('chain', 'restore'));
Given('the test backup was restored, equal to its files', asking('chain', 'restore'));
When('its newest restore point is restored without network, and a VM is started from it', asking('boot'));
When('everything that the restore test made is removed', asking('cleanUp'));

Then('every step succeeds', judging(storageTakesFiles));
Then("OpenNebula's scheduler takes it up", judging(backupIsScheduled));
Then('OpenNebula holds a new backup image of that VM', judging(backupCompletes));
Then('each disk is there and sound, and the description is that of the test VM', judging(filesAreSound));
Then('every increment was made, and the merged chain is sound', judging(chainIsFlattened));
Then(
  'each restored disk is READY and equals its file, and the restored template has the CPU, memory, disks and NICs backed up',
  judging(restoredEqualsBackup),
);
Then('the VM runs in time, goes on running, and its guest agent answers where one is connected', judging(restoredVmStarts));
Then(
  'nothing of it is found in OpenNebula, on the front-end or on the backup server, except what a chain still needs, which is named',
  judging(nothingIsLeft),
);
