import { Given, Then, When } from '@cucumber/cucumber';
import { hostKeyIsKnown, hypervisorsAreDeclared, hypervisorsLogIn } from '../support/checks/access.ts';
import { otherPrograms } from '../support/checks/programs.ts';
import { hypervisorsHaveSpace } from '../support/checks/storage.ts';
import { programsOnHypervisors } from '../support/checks/transfer.ts';
import type { ComplianceWorld } from '../support/run/world.ts';

async function askHypervisors(this: ComplianceWorld) {
  await this.ask('hypervisors');
}

async function askAll(this: ComplianceWorld) {
  await this.ask('server', 'hypervisors');
}

Given('the hypervisor hosts that OpenNebula lists', async function (this: ComplianceWorld) {
  await this.ask();
});

When('each of them logs in to the backup server the way the rsync driver does', askHypervisors);
When('each of them is asked for the free space where its virtual machines lie', askHypervisors);
When('rsync and qemu-img are asked for their versions on each of them', askHypervisors);
When("the front-end and each of them are shown the backup server's host key", askAll);
When('the front-end, each of them and the backup server are searched for the programs that the driver calls there', askAll);

Then('the backup server lets every host in, and asks none for a password', function (this: ComplianceWorld) {
  return this.judge(hypervisorsLogIn(this.frontend, this.hypervisors, this.site));
});

Then('each knows it already, and all see the same', function (this: ComplianceWorld) {
  return this.judge(hostKeyIsKnown(this.frontend, this.server, this.hypervisors, this.site));
});

Then('they are the hosts that the site file declares, no more and no fewer', function (this: ComplianceWorld) {
  return this.judge(hypervisorsAreDeclared(this.frontend, this.site));
});

Then('every host has enough to stage a backup', function (this: ComplianceWorld) {
  return this.judge(hypervisorsHaveSpace(this.frontend, this.hypervisors, this.site));
});

Then(
  'both answer on every host with versions that the driver can work with, and the backup server answers rsync',
  async function (this: ComplianceWorld) {
    await this.ask('server');
    return this.judge(programsOnHypervisors(this.frontend, this.server, this.hypervisors, this.site));
  },
);

Then('every program is found that the virtual machines of this cloud need', function (this: ComplianceWorld) {
  return this.judge(otherPrograms(this.frontend, this.server, this.hypervisors, this.site));
});
