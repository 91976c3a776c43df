import { Then, When } from '@cucumber/cucumber';
import { lastBackupSucceeded } from '../support/checks/failures.ts';
import { everyBackupHasItsFiles, everyImageIsSound } from '../support/checks/images.ts';
import { jobsMakeProgress } from '../support/checks/jobs.ts';
import { scheduledOftenEnough } from '../support/checks/plans.ts';
import { backupHoldsAllDisks, restorePointIsRecent, restorePointsAreKept } from '../support/checks/restore-points.ts';
import { asking, judging } from '../support/run/world.ts';

When('OpenNebula lists the restore points of all VMs', asking('backups'));
When('OpenNebula lists the schedules of VMs and backup jobs', asking('backups', 'schedules'));
When('OpenNebula lists the errors and the restore points of all VMs', asking('backups'));
When('OpenNebula lists its backup jobs', asking('backups', 'schedules'));
When('OpenNebula lists its backup images', asking('backups'));
When("the files below the datastore's directory are compared with OpenNebula's backup images", asking('stored', 'backups', 'missing'));

Then('the newest of each production VM is no older than its RPO', judging(restorePointIsRecent));
Then('no production VM goes longer than its RPO between two scheduled backups', judging(scheduledOftenEnough));
Then('no error of a backup is newer than the newest restore point of a production VM', judging(lastBackupSucceeded));
Then('every job has what it names, and none has stood still for longer than a backup may take', judging(jobsMakeProgress));
Then('each production VM has as many as declared, and the oldest is as old as declared', judging(restorePointsAreKept));
Then('the newest of each production VM holds every disk that is to be backed up', judging(backupHoldsAllDisks));
Then('none in the datastore has an error, and the increments of each follow one another', judging(everyImageIsSound));
Then('each backup has all its files, none of them empty or far too small', judging(everyBackupHasItsFiles));
