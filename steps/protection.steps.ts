import { Then, When } from '@cucumber/cucumber';
import { backupHoldsAllDisks, restorePointIsRecent, restorePointsAreKept } from '../support/checks/restore-points.ts';
import { asking, judging } from '../support/run/world.ts';

When('OpenNebula lists the restore points of all virtual machines', asking('backups'));

Then('the newest of each production virtual machine is no older than its RPO', judging(restorePointIsRecent));
Then('each production virtual machine has as many as declared, and the oldest is as old as declared', judging(restorePointsAreKept));
Then('the newest of each production virtual machine holds every disk that is to be backed up', judging(backupHoldsAllDisks));
