import { Then, When } from '@cucumber/cucumber';
import { agentHoldsKey } from '../support/checks/access.ts';
import type { ComplianceWorld } from '../support/run/world.ts';

When('the SSH agent of OpenNebula is asked for its keys', async function (this: ComplianceWorld) {
  await this.ask('server', 'hypervisors');
});

Then('it holds one that the backup server accepts', function (this: ComplianceWorld) {
  return this.judge(agentHoldsKey(this.frontend, this.server, this.hypervisors, this.site));
});
