import { Then, When } from '@cucumber/cucumber';
import { agentHoldsKey } from '../support/checks/access.ts';
import { asking, judging } from '../support/run/world.ts';

When('the SSH agent of OpenNebula is asked for its keys', asking('server', 'hosts'));

Then('the agent holds a key that the backup server accepts', judging(agentHoldsKey));
