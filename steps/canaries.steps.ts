import { Given, Then, When } from '@cucumber/cucumber';
import { everyHostIsProven } from '../support/checks/canaries.ts';
import { asking, judging } from '../support/run/world.ts';

Given('the hypervisor hosts that were tried longest ago, or never', asking('server', 'hosts', 'backups'));
When('a canary is made, backed up, restored and removed on each of them', asking('canaries'));

Then('each hypervisor host has such a proof that is recent enough', judging(everyHostIsProven));
