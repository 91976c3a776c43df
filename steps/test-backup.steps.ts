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

When('RSYNC_USER makes a small file in storage, renames it and deletes it', asking('probe'));
Given('a backup of the test virtual machine is scheduled for now', asking('backup'));
Given('the test backup has completed', asking('backup'));
When('it has ended, or its deadline has passed', asking('backup'));
When('its files are examined on the backup server', asking('files'));
When('the test virtual machine is backed up again until its chain is flattened', asking('chain'));
When('it is restored into the declared image datastore', asking('chain', 'restore'));
Given('the test backup was restored, equal to its files', asking('chain', 'restore'));
When('its newest restore point is restored without network, and a VM is started from it', asking('boot'));
When('all that the drill made is removed', asking('cleanUp'));

Then('the backup server allows each of these steps', judging(storageTakesFiles));
Then("OpenNebula's scheduler takes it up", judging(backupIsScheduled));
Then('OpenNebula holds a backup image of that virtual machine, made since then', judging(backupCompletes));
Then('each disk is there and sound, and the description is that of the test virtual machine', judging(filesAreSound));
Then('every increment came about, and what the chain was merged into is sound', judging(chainIsFlattened));
Then('OpenNebula calls each restored disk ready, and it equals the one on the backup server', judging(restoredEqualsBackup));
Then('the VM runs in time, goes on running, and its guest agent answers where one is connected', judging(restoredVmStarts));
Then('nothing of it is found, in OpenNebula, on the front-end, or on the backup server', judging(nothingIsLeft));
