import { Then, When } from '@cucumber/cucumber';
import { restorePointIsRecent } from '../support/checks/restore-points.ts';
import { asking, judging } from '../support/run/world.ts';

When('OpenNebula lists the restore points of all virtual machines', asking('backups'));

Then('the newest of each production virtual machine is no older than its RPO', judging(restorePointIsRecent));
