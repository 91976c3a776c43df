import { Given, Then, When } from '@cucumber/cucumber';
import { largestRestoresInTime, sampleRestores } from '../support/checks/sample.ts';
import { asking, judging } from '../support/run/world.ts';

Given('the production VMs whose restore was proven longest ago', asking('server', 'stored', 'backups'));
When('the newest backup of each is restored into the declared image datastore', asking('sample'));
Given("the speed of this run's restores of 1 GiB or more", asking('backup', 'chain', 'restore', 'sample'));
When('it is applied to the largest newest backup of each class that has an RTO', asking('backups'));

Then('its files are sound, and each restored disk equals the one on the backup server', judging(sampleRestores));
Then('the restore would end within that RTO', judging(largestRestoresInTime));
